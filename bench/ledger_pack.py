"""A pack of 100 facts about one device, as its owner would make it, and what verifying it costs beyond start-up."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import measure
from ledger_facts import TOOL, Made, identity, inspection, make_store, register, statement

from lossproof.ledger.archive import read_archive
from lossproof.ledger.checkpoint import cosign
from lossproof.ledger.envelope import sign_statement
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.note import COSIGNATURE_ED25519, VerifierKey
from lossproof.ledger.pack import Making, pack_device
from lossproof.ledger.publishing import add_cosignatures
from lossproof.ledger.store import Ledger, moment
from lossproof.ledger.suggested import policy_of, set_policy
from lossproof.ledger.trust import Group, TrustedWitness, TrustPolicy
from lossproof.model.fact import Method
from lossproof.model.facts.holding import HoldingFact, PeopleCount, Seen
from lossproof.report.evidence_page import page

FACTS, OTHERS, COSIGNED = 100, 20, 10
"""Facts about the device, other devices, and looks from one cosigned checkpoint to the next."""

IMPORTABLE = """
import importlib, sys
for name in open(sys.argv[1]).read().split():
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    print(name)
"""
START = "import os, sys\nfor name in {modules!r}: __import__(name)\n"
END = "os._exit(0)\n"
TIMED = """
import time
from pathlib import Path
from lossproof.ledger.trust import parse_policy
from lossproof.ledger.verification import verify_pack
pack, policy = (Path(name).read_bytes() for name in sys.argv[1:])
start = time.process_time()
verify_pack(pack, policy=parse_policy(policy))
print(time.process_time() - start)
"""


class Cost(NamedTuple):
    """CPU seconds of verifying: of the whole command beyond start-up (median, least, most), and of the check alone."""

    beyond: float
    least: float
    most: float
    alone: float
    pack_bytes: int
    checkpoints: int


def holding(number: int) -> HoldingFact:
    """How many people were counted."""
    people = PeopleCount(low=4800, point=5000 + number, high=5300)
    return HoldingFact(
        true_at=moment(),
        method=Method.READ,
        tool=TOOL,
        scan=identity(number),
        rules=1,
        people=people,
        raw=people,
        people_by_category={"health": 4200, "criminal_offence": 650},
        identifiers={"nhs_number": Seen(distinct=4100, mentions=8000), "nino": Seen(distinct=900, mentions=1100)},
        unattributed={},
        named_only=12,
        possible=3,
        files=271,
        not_examined={},
        interrupted=False,
        exposed=False,
        manifest=None,
    )


def look(ledger: Ledger, inspector: PrivateKey, number: int, device: int) -> None:
    """Append two facts, as `check --record` does."""
    seen = replace(inspection(device), true_at=moment(), bytes_read=512 * (number + 1))
    with ledger.write() as writer:
        for fact in (seen, holding(number)):
            writer.append(sign_statement(statement(fact, device), inspector))


def witnessed(ledger: Ledger, witnesses: Sequence[tuple[str, PrivateKey]]) -> None:
    """Have the newest checkpoint cosigned."""
    newest = ledger.reader.newest_checkpoint()
    assert newest is not None
    at = int(time.time())
    lines = [cosign(newest.note, key, name, at) for name, key in witnesses]
    add_cosignatures(ledger.database, ledger.log, newest.size, lines, datetime.now(UTC))


def make(folder: Path) -> tuple[Path, Path]:
    """The pack and the trust policy of its reader, as files."""
    folder.mkdir(parents=True)
    made: Made = make_store(str(folder / "store"), folder / "store.keys")
    witnesses = [(f"witness-{number}.example", PrivateKey.generate()) for number in (1, 2)]
    keys = [VerifierKey(name=name, algorithm=COSIGNATURE_ED25519, public=key.public) for name, key in witnesses]
    trusted = tuple(TrustedWitness(key.name, key) for key in keys)
    group = Group("both", len(trusted), tuple(one.name for one in trusted))
    with made.open() as ledger:
        register(ledger, made.inspector, OTHERS + 1)
        set_policy(ledger, TrustPolicy(witnesses=trusted, groups=(group,), quorum="both").text().encode())
        for number in range(FACTS // 2):
            look(ledger, made.inspector, number, 0)
            look(ledger, made.inspector, number + FACTS, 1 + number % OTHERS)
            if number % COSIGNED == 0:
                witnessed(ledger, witnesses)
        with ledger.write() as writer:
            writer.heads()
        witnessed(ledger, witnesses)
        policy = policy_of(ledger)
        making = Making(log_key=made.log_key, policy=policy, page=page, made_at=moment(), tool=TOOL)
        pack = pack_device(ledger, identity(0), making)
    (folder / "pack").write_bytes(pack)
    (folder / "policy").write_text(policy.text())
    return folder / "pack", folder / "policy"


def checked(command: Sequence[str]) -> str:
    """What a command prints that must succeed."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def verified(root: Path, folder: Path, program: Path, pairs: int = 15) -> Cost:
    """Verify a pack again and again."""
    pack, policy = make(folder)
    command = [program, "verify", pack, "--trust", policy, "--json"]
    report = folder / "modules"
    said = measure.run([sys.executable, root / "tools" / "loaded_modules.py", report, *command])
    if said.status:
        raise SystemExit(said.complaints)
    result = json.loads(said.output)
    facts = [one for one in result["facts"] if one["kind"] in {"inspection", "holding"}]
    if len(facts) != FACTS:
        raise SystemExit(f"the pack has {len(facts)} facts")
    # Some are parts of others, which bring them along.
    modules = checked([sys.executable, "-c", IMPORTABLE, str(report)]).split()
    start = START.format(modules=[name for name in modules if name != "__main__"])
    bare = [sys.executable, "-c", start + END]
    checked(bare)
    measure.cpu_of(command), measure.cpu_of(bare)
    beyond = sorted(measure.cpu_of(command) - measure.cpu_of(bare) for _ in range(pairs))
    timed = [sys.executable, "-c", start + TIMED, str(pack), str(policy)]
    alone = [float(checked(timed)) for _ in range(pairs // 2)]
    checkpoints = sum(name.endswith(".checkpoint") for name in read_archive(pack.read_bytes()))
    return Cost(
        statistics.median(beyond), beyond[0], beyond[-1], statistics.median(alone), pack.stat().st_size, checkpoints
    )
