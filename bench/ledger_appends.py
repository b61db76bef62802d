"""Appends to a store: one by one, and in batches; SQLite, PostgreSQL, and a log that is long already."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import bare
from ledger_big import DEVICES as MANY_DEVICES
from ledger_big import reopened
from ledger_facts import BATCH, Made, inspections, make_store, register, secret_of
from parts import Bench, table

from lossproof.ledger.store import Ledger

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "ledger"))
import postgresql_server

DEVICES, ROUNDS = 50, 3
_UNUSED = 10_000_000
"""A number that no inspection in a store has yet."""


class Appended(NamedTuple):
    """Appends a second, milliseconds of one transaction (median, and what one in a hundred exceeds), CPU seconds an append."""

    rate: float
    median_ms: float
    slow_ms: float
    cpu: float


def timed(ledger: Ledger, batches: Sequence[Sequence[bytes]]) -> Appended:
    """Append each batch in a transaction of its own."""
    seconds = []
    cpu = time.process_time()
    for batch in batches:
        start = time.perf_counter()
        with ledger.write() as writer:
            if len(batch) == 1:
                writer.append(batch[0])
            else:
                writer.append_many(batch)
        seconds.append(time.perf_counter() - start)
        if any(receipt.status != "durable" for receipt in writer.receipts):
            raise SystemExit("an append was not durable")
    facts = sum(map(len, batches))
    ordered = sorted(seconds)
    slow = ordered[int(len(ordered) * 0.99)]
    return Appended(
        facts / sum(seconds), statistics.median(seconds) * 1e3, slow * 1e3, (time.process_time() - cpu) / facts
    )


def in_rounds(made: Made, ledger: Ledger, singles: int, batches: int, devices: int) -> tuple[Appended, Appended]:
    """One by one and in batches, in turn; of each the round with the median rate."""
    one_by_one, batched = [], []
    secret, at = secret_of(made.inspector), _UNUSED
    for _ in range(ROUNDS):
        facts = inspections(secret, devices, at, singles + batches * BATCH)
        at += len(facts)
        one_by_one.append(timed(ledger, [[fact] for fact in facts[:singles]]))
        rest = facts[singles:]
        batched.append(timed(ledger, [rest[first : first + BATCH] for first in range(0, len(rest), BATCH)]))
    return tuple(sorted(rounds)[len(rounds) // 2] for rounds in (one_by_one, batched))  # type: ignore[return-value]


def append_rows(what: str, wanted: bool, measure_it: Callable[[], tuple[Appended, Appended]]) -> list[list[object]]:
    """The two rows of one store."""
    before = bare.measured()
    found = measure_it()
    meanwhile = bare.between(before, bare.measured())
    marks = (("one by one", "at least 700"), (f"in batches of {BATCH}", "at least 5,000"))
    return [
        [
            what,
            how,
            f"{seen.rate:,.0f}",
            mark if wanted else "-",
            f"{seen.median_ms:.2f}",
            f"{seen.slow_ms:.2f}",
            f"{seen.cpu * 1e6:,.0f}",
            f"{seen.cpu / meanwhile.verify:.1f}",
        ]
        for seen, (how, mark) in zip(found, marks, strict=True)
    ]


def appends(bench: Bench, folder: Path) -> list[str]:
    """Appends to a small store of each sort, and to the large one."""

    def fresh(store: str, keys: Path, singles: int) -> tuple[Appended, Appended]:
        made = make_store(store, keys)
        with made.open() as ledger:
            register(ledger, made.inspector, DEVICES)
            return in_rounds(made, ledger, singles, 10, DEVICES)

    rows = append_rows("SQLite", True, lambda: fresh(str(folder / "small"), folder / "small.keys", 1000))
    big = reopened(folder / "big")
    with big.open() as ledger:
        what = f"SQLite, {ledger.reader.size:,} entries in it"
        rows += append_rows(what, False, lambda: in_rounds(big, ledger, 500, 10, MANY_DEVICES))
    missing = postgresql_server.missing()
    if missing:
        bench.left_out.append(f"appends to PostgreSQL: {missing}")
    else:
        with postgresql_server.running(lasting=True) as server:
            rows += append_rows("PostgreSQL", False, lambda: fresh(server.new_store(), folder / "server.keys", 300))
    heads = ["store", "appended", "facts a second", "wanted", "median ms", "99 % within ms", "CPU us a fact"]
    return [
        "### Appends",
        "",
        f"Each fact's signature checked, each transaction's checkpoint signed. Median of {ROUNDS} rounds, one writer,",
        f"{DEVICES} devices ({MANY_DEVICES:,} in the large store). Milliseconds are those of one transaction. PostgreSQL: a server on",
        "this machine, fsync on.",
        "",
        *table([*heads, "CPU, in bare verifications"], rows),
    ]
