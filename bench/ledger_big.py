"""A log of a million entries, made and replayed by the product, each in a process of its own that is weighed.

    python bench/ledger_big.py build FOLDER ENTRIES [CUT]     FOLDER/store; a copy of the first CUT entries in FOLDER-cut
    python bench/ledger_big.py replay FOLDER [signatures]

Each prints one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ledger_facts import BATCH, Made, make_store, register, secret_of, signed_elsewhere

from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.replay import replay
from lossproof.ledger.store import open_ledger

DEVICES = 10_000


def reopened(folder: Path) -> Made:
    """The store that `build` made, with its keys."""
    keys = [PrivateKey(Ed25519PrivateKey.from_private_bytes(key)) for key in _halves((folder / "secrets").read_bytes())]
    return Made(str(folder / "store"), folder / "store.keys", *keys)


def _halves(secrets: bytes) -> tuple[bytes, bytes]:
    return secrets[:32], secrets[32:]


def weight() -> float:
    """The most memory that this process held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def cpu_seconds() -> float:
    """CPU seconds of this process, its children left out."""
    times = os.times()
    return times.user + times.system


def fill(made: Made, entries: int) -> list[tuple[int, float]]:
    """Append inspections in batches until there are so many entries; (entries, seconds) after each batch."""
    seen = []
    with made.open() as ledger:
        size = ledger.reader.size
        start = time.perf_counter()
        for batch in signed_elsewhere(made.inspector, DEVICES, size, entries):
            with ledger.write() as writer:
                writer.append_many(batch[: max(entries - writer.size, 0)])
                size = writer.size
            seen.append((size, time.perf_counter() - start))
            if size >= entries:
                break
    return seen


def rate(seen: list[tuple[int, float]]) -> float:
    """Entries a second over a stretch of batches."""
    (first, start), (last, end) = seen[0], seen[-1]
    return (last - first) / (end - start)


def build(folder: Path, entries: int, cut: int) -> dict[str, object]:
    """Make the log."""
    folder.mkdir(parents=True)
    made = make_store(str(folder / "store"), folder / "store.keys")
    (folder / "secrets").write_bytes(secret_of(made.log_key) + secret_of(made.inspector))
    start = time.perf_counter()
    with made.open() as ledger:
        register(ledger, made.inspector, DEVICES)
    fill(made, cut)
    shutil.copytree(folder, folder.with_name(folder.name + "-cut"))
    seen = fill(made, entries)
    tenth = max(2, entries // 10 // BATCH)
    return {
        "seconds": time.perf_counter() - start,
        "first_rate": rate(seen[:tenth]),
        "last_rate": rate(seen[-tenth:]),
        "peak_mb": weight(),
        "size_bytes": (folder / "store").stat().st_size,
    }


def replayed(folder: Path, signatures: bool) -> dict[str, object]:
    """Replay it."""
    with open_ledger(str(folder / "store")) as ledger:
        start, before = time.perf_counter(), cpu_seconds()
        found = replay(ledger.reader, signatures=signatures, outside=ledger.publisher.outside)
        wall, cpu = time.perf_counter() - start, cpu_seconds() - before
    counts = {name: getattr(found, name) for name in ("size", "subjects", "facts", "heads", "checkpoints")}
    return {"wall_seconds": wall, "cpu_seconds": cpu, "peak_mb": weight(), **counts}


def main() -> None:
    """Do what is asked."""
    action, folder, *more = sys.argv[1:]
    if action == "build":
        print(json.dumps(build(Path(folder), int(more[0]), int(more[1]))))
    else:
        print(json.dumps(replayed(Path(folder), more == ["signatures"])))


if __name__ == "__main__":
    main()
