"""Imports of long asset lists: the part of the benchmark page, and the process that it measures.

    python bench/imports.py WAY --rows N --folder DIR

WAY is `page` (the steps of the register's import page, without its pages), `holders` (the same, with who has each device) or
`command` (what `lossproof import` does, its keys unlocked). It imports a made-up list of N laptops, sticks, phones and tablets into a
new store, then the same list again, and prints a JSON object for each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import measure
from estate_facts import Estate, MadeTime, make
from parts import PYTHON, Bench, table

from ledger import file_system
from lossproof.jobs.importing import Status, carry_out, plan
from lossproof.jobs.incoming import read_incoming
from lossproof.ledger.keys import Secret
from lossproof.wire.asset_list import encode_mapping, guess_mapping

WAYS = {
    "page": "the register's import page",
    "holders": "the same, with who has each device",
    "command": "`lossproof import`, no register's tables beside it",
}
_PERSON = "grace@example.org"
_KINDS = ("laptop", "usb stick", "phone", "tablet")


def measured(bench: Bench) -> list[str]:
    """Everything about imports."""
    folder = bench.work / "imports"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rows: list[list[object]] = []
    for way, words in WAYS.items():
        print(f"measuring imports: {way}", file=sys.stderr)
        done = measure.run(
            [PYTHON, Path(__file__), way, "--rows", str(bench.rows), "--folder", folder / way], env=os.environ
        )
        if done.status:
            raise SystemExit(done.complaints)
        for said, which in zip(map(json.loads, done.output.splitlines()), ("new", "the same list again"), strict=True):
            rows.append([words, which, *(f"{said[name]:,.{places}f}" for name, places in _SHOWN.items())])
    lines = [
        f"A made-up list of {bench.rows:,} rows (CSV: asset tag, serial number, kind, holder, status), from the file to the last",
        "commit: read by a confined child, looked at row by row, each device's registration signed and appended, and in a register",
        f"every device's standing decided. Stores (SQLite) in {file_system(folder)}. CPU seconds are of all threads and children.",
        "",
        *table(["way", "list", "seconds", "CPU seconds", "rows a second", "MB written", "peak MB"], rows),
    ]
    shutil.rmtree(folder)
    return lines


_SHOWN = {"seconds": 1, "cpu": 1, "rate": 0, "written_mb": 0, "peak_mb": 0}


def made_list(rows: int) -> bytes:
    """The list as CSV."""
    lines = (f"T-{n:06},PF{n * 7919:010},{_KINDS[n % 4]},{_PERSON},In use\n" for n in range(rows))
    return ("Asset tag,Serial,Type,Assigned to,Status\n" + "".join(lines)).encode()


def by_command(estate: Estate, content: bytes) -> Callable[[], int]:
    """What imports the list once; how many rows are in then."""

    def act() -> int:
        with estate.open(_now()) as ledger:
            found = read_incoming(content, "assets.csv").table
            assert found is not None
            key = estate.key("importer")
            counts = carry_out(ledger, key, plan(ledger, found, signer=key)).plan.counts()
        return counts[Status.NEW] + counts[Status.KNOWN]

    return act


def by_page(estate: Estate, content: bytes, *, holders: bool) -> Callable[[], int]:
    """The same as the register's page does it."""
    from lossproof.register import options, start

    log, register = estate.key("log"), estate.key("register")
    start.start(
        options.Options(
            store=estate.store,
            keys=estate.keys,
            public_url="http://testserver",
            secret=Secret("made up, for a made-up estate"),
            log_key=log,
            register_key=register,
        )
    )
    start.migrate()
    from lossproof.register.accounts import acts
    from lossproof.register.imports import files, phases
    from lossproof.register.imports.models import Run, State
    from lossproof.register.store import the_ledger

    account = acts.begin(
        the_ledger(), register, name="Grace Okonkwo", email=_PERSON, password="correct horse battery staple"
    )
    table_of = read_incoming(content, "assets.csv").table
    assert table_of is not None
    mapping = encode_mapping(guess_mapping(table_of))

    def act() -> int:
        run = Run(organisation=account.organisation, by=account.pk, file_name="assets.csv", authenticated="password")
        run.mapping, run.with_custody = mapping, holders
        files.keep_upload(run.id, [content])
        run.save(force_insert=True)
        for step in (phases.read, phases.look, phases.carry):
            step(run.id)
        run.refresh_from_db()
        files.remove(run.id)
        if run.state != State.DONE:
            raise SystemExit(run.problem)
        return int(run.counts[Status.NEW]) + int(run.counts[Status.KNOWN])

    return act


def _now() -> MadeTime:
    from datetime import UTC, datetime

    clock = MadeTime()
    clock.at = datetime.now(UTC)
    return clock


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _written() -> float:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:")) / 1e6


def main() -> None:
    """Import, twice."""
    parser = argparse.ArgumentParser(description="import a made-up asset list")
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    given.folder.mkdir(parents=True)
    estate = Estate(1, 1, 1, str(given.folder / "store"), given.folder / "keys")
    make(estate)
    content = made_list(given.rows)
    way: str = given.way
    act = by_command(estate, content) if way == "command" else by_page(estate, content, holders=way == "holders")
    for _ in range(2):
        began, cpu, written = time.perf_counter(), _cpu(), _written()
        taken = act()
        seconds = time.perf_counter() - began
        if taken != given.rows:
            raise SystemExit(f"{taken} rows were taken")
        print(
            json.dumps(
                {
                    "seconds": seconds,
                    "cpu": _cpu() - cpu,
                    "rate": given.rows / seconds,
                    "written_mb": _written() - written,
                    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
