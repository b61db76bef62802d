"""The ledger's part of the benchmark page."""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from pathlib import Path

import bare
import ledger_pack
import measure
from ledger_appends import appends
from ledger_big import reopened
from ledger_facts import BATCH, inspections, secret_of
from ledger_recording import recording
from parts import LOSSPROOF, PYTHON, Bench, table

from lossproof.ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.tlog_proof import InclusionProof, parse_tlog_proof
from lossproof.ledger.tree import leaf_hash, prove_inclusion, verify_inclusion

HERE = Path(__file__).resolve().parent
ENTRIES, CUT = 1_000_000, 100_000


def measured(bench: Bench) -> list[str]:
    """Everything about the ledger."""
    folder = bench.work / "ledger"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    before = bare.measured()
    lines = [
        f"Stores in {file_system(folder)}. Every commit waits for the disk (synchronous FULL), and no receipt leaves before the",
        "checkpoint that covers it is signed and durable in a file outside the store. Keys are unlocked beforehand. Facts are",
        f"inspections of {len(inspections(secret_of(PrivateKey.generate()), 1, 0, 1)[0]):,} bytes in their envelope.",
        "",
        f"Bare Ed25519 (`cryptography`, one core, 1.2 kB) at the start: {before}. A ratio compares CPU time",
        "with that of bare verifications measured just before and after.",
        "",
    ]
    made = build(folder)
    for part in (appends, proofs, packs, recording):
        print(f"measuring ledger: {part.__name__}", file=sys.stderr)
        lines += part(bench, folder)
        if part is proofs:
            lines += made
    shutil.rmtree(folder)
    return [*lines, f"Bare Ed25519 at the end: {bare.measured()}.", ""]


def file_system(path: Path) -> str:
    """The sort of file system that a path is on: in memory, waiting for the disk costs nothing."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    found = max((mount for mount in mounts if path.resolve().is_relative_to(mount[0])), key=lambda mount: len(mount[0]))
    return f"a file system of type {found[1]}"


# A million entries


def child(*words: object) -> dict[str, float]:
    """What `ledger_big.py` prints."""
    done = measure.run([PYTHON, HERE / "ledger_big.py", *map(str, words)])
    if done.status:
        raise SystemExit(done.complaints)
    said: dict[str, float] = json.loads(done.output.splitlines()[-1])
    return said


def build(folder: Path) -> list[str]:
    """Make the large store, replay it and a tenth of it."""
    print(f"measuring ledger: {ENTRIES:,} entries", file=sys.stderr)
    big = folder / "big"
    built = child("build", big, ENTRIES, CUT)
    tenth = folder / "big-cut"
    before = bare.measured()
    some, every, signed = child("replay", tenth), child("replay", big), child("replay", tenth, "signatures")
    meanwhile = bare.between(before, bare.measured())
    shutil.rmtree(tenth)
    rows: list[list[object]] = [
        [
            f"{seen['size']:,.0f}",
            f"{seen['wall_seconds']:.1f}",
            f"{seen['cpu_seconds']:.1f}",
            wanted,
            f"{seen['peak_mb']:.0f}",
        ]
        for seen, wanted in ((some, "-"), (every, "at most 15"))
    ]
    signatures = (signed["cpu_seconds"] - some["cpu_seconds"]) / some["facts"]
    return [
        "### A million entries replayed",
        "",
        f"{every['facts']:,.0f} facts about {every['subjects']:,.0f} subjects, {every['heads']:,.0f} heads leaves and",
        f"{every['checkpoints']:,.0f} checkpoints. Tree, nodes, chains, heads, the envelopes' digests and the checkpoints' signatures;",
        "one core, the store in the system's cache. Memory: flat is wanted.",
        "",
        *table(["entries", "wall s", "CPU s", "wanted, CPU s", "peak MB"], rows),
        f"The facts' signatures, and what each fact says, apart: {signatures * 1e6:.0f} us of CPU a fact, or",
        f"{signatures / meanwhile.verify:.2f} bare verifications. All together, on all cores:",
        f"{signed['facts'] / signed['wall_seconds']:,.0f} facts a second.",
        "",
        f"The log was made by the product, in batches of {BATCH} with every signature checked, while a process beside it signed",
        f"the facts: {built['seconds']:.0f} s; {built['first_rate']:,.0f} facts a second in the first tenth,"
        f" {built['last_rate']:,.0f} in the last.",
        f"It held at most {built['peak_mb']:.0f} MB. The store has {built['size_bytes'] / ENTRIES:,.0f} bytes an entry.",
        "",
    ]


# Proofs


def proofs(bench: Bench, folder: Path) -> list[str]:
    """Sizes and speed of inclusion proofs in the large store."""
    del bench
    draw = random.Random(3)
    with reopened(folder / "big").open() as ledger:
        reader = ledger.reader
        newest = reader.newest_checkpoint()
        assert newest is not None
        size, root = newest.size, newest.checkpoint.root
        leaves = [0, size - 1, *(draw.randrange(size) for _ in range(998))]
        texts = [reader.leaf(leaf).text for leaf in leaves]
        start = time.process_time()
        paths = [tuple(prove_inclusion(reader.nodes, leaf, size)) for leaf in leaves]
        proved = time.process_time()
        for leaf, text, path in zip(leaves, texts, paths, strict=True):
            verify_inclusion(leaf_hash(text), leaf, size, path, root)
        done = time.process_time()
    files = [
        InclusionProof(index=leaf, hashes=path, checkpoint=newest.note).text()
        for leaf, path in zip(leaves, paths, strict=True)
    ]
    longest = max(files, key=len)
    if len(parse_tlog_proof(longest).hashes) != (size - 1).bit_length():
        raise SystemExit("no longest path was among the proofs")
    signature = max(len(line) + 1 for line in newest.note.split(b"\n") if line.startswith("\N{EM DASH}".encode()))
    rows: list[list[object]] = [
        [
            f"proof (header, index, path), longest of {len(files):,}",
            f"{len(longest) - len(newest.note):,} bytes",
            "at most 1,024",
        ],
        ["the file: proof, and the checkpoint with the log's signature", f"{len(longest):,} bytes", "-"],
        ["the log's signature line (Ed25519)", f"{signature} bytes", "at most 200"],
        ["a witness's line, its name of 40 letters", f"{witness_line()} bytes", "at most 200"],
        ["made from the store, CPU", f"{(proved - start) / len(leaves) * 1e6:.0f} us", "-"],
        ["path verified, CPU", f"{(done - proved) / len(leaves) * 1e6:.0f} us", "-"],
    ]
    return [
        "### Proofs",
        "",
        f"Inclusion of one entry in a log of {size:,}. C2SP's tlog-proof writes a hash in 45 bytes of text, and no cosignature is",
        "counted: each adds its line.",
        "",
        *table(["figure", "measured", "wanted"], rows),
    ]


def witness_line() -> int:
    """Bytes of a cosignature line by a witness with a long name."""
    log, witness = PrivateKey.generate(), PrivateKey.generate()
    note = sign_checkpoint(Checkpoint(origin="log.example", size=1, root=bytes(32)), log)
    return len(cosign(note, witness, "w" * 40, int(time.time())).encode().rstrip(b"\n")) + 1


# Packs


def packs(bench: Bench, folder: Path) -> list[str]:
    """Verifying a pack."""
    before = bare.measured()
    cost = ledger_pack.verified(bench.root, folder / "pack", LOSSPROOF)
    meanwhile = bare.between(before, bare.measured())
    rows: list[list[object]] = [
        [
            "`lossproof verify`, CPU beyond start-up",
            f"{cost.beyond * 1e3:.0f} ms ({cost.least * 1e3:.0f} to {cost.most * 1e3:.0f})",
            "at most 80",
        ],
        ["the check alone, CPU", f"{cost.alone * 1e3:.0f} ms", "-"],
        ["the check alone, in bare verifications", f"{cost.alone / meanwhile.verify:.0f}", "-"],
    ]
    return [
        "### Packs",
        "",
        f"A pack of {ledger_pack.FACTS} facts about one device, {cost.checkpoints} checkpoints, two witnesses' cosignatures and no time",
        f"stamp: {cost.pack_bytes / 1e3:,.0f} kB.",
        "Start-up: a process that imports the same modules; 15 pairs run in turn, median.",
        "",
        *table(["figure", "measured", "wanted"], rows),
    ]
