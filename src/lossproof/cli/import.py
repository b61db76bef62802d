# ruff: noqa: N999  it is called as the command is, and no statement imports it
"""`lossproof import FILE`: exit status 0 where every row and device of the file was taken, 1 where some were not."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError

if TYPE_CHECKING:
    from collections import Counter

    from lossproof.jobs.importing import Plan
    from lossproof.jobs.incoming import Incoming
    from lossproof.jobs.reported_evidence import Outcome
    from lossproof.ledger.keys import PrivateKey
    from lossproof.ledger.store import Ledger
    from lossproof.wire.asset_list import Mapping
    from lossproof.wire.table import Table

_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `import`."""
    parser.add_argument("file", metavar="FILE", type=Path, help="an asset list, or what another system reports")
    opening.add_store(parser)
    parser.add_argument("--mapping", metavar="FILE", type=Path, help="a saved mapping: which column is what (JSON)")
    parser.add_argument("--save-mapping", metavar="FILE", type=Path, help="write the mapping that is used, as JSON")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument("--errors", metavar="FILE", type=Path, help="write the rows that were not taken, as CSV")
    parser.add_argument(
        "--as-of",
        metavar="TIME",
        help="when the report was made, where it does not say (RFC 3339; default: when the file was last written)",
    )
    opening.add_signer(parser, "inspector.key in the keys")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(arguments: argparse.Namespace) -> int:
    """Run `import`."""
    from lossproof.cli.ledger.files import content
    from lossproof.discover.table_file import MOST_BYTES
    from lossproof.jobs.incoming import read_incoming
    from lossproof.ledger.store import INSPECTOR_KEY
    from lossproof.wire.asset_list import decode_mapping

    for path in (arguments.errors, arguments.save_mapping):
        if path is not None:
            output.refuse_unwritable(path, target=arguments.file)
    made_at = _made_at(arguments.file, arguments.as_of)
    mapping = None if arguments.mapping is None else decode_mapping(content(arguments.mapping))
    found = read_incoming(content(arguments.file, MOST_BYTES), arguments.file.name, asset_list_only=mapping is not None)
    ledger, signer = opening.open_for_writing(arguments, INSPECTOR_KEY, arguments.key)
    with ledger:
        if found.table is not None:
            return _asset_list(arguments, ledger, signer, found.table, mapping)
        return _report(arguments, ledger, signer, found, made_at)


def _made_at(file: Path, text: str | None) -> datetime:
    if text is None:
        try:
            return datetime.fromtimestamp(int(os.stat(file).st_mtime), UTC)  # noqa: PTH116
        except (OSError, OverflowError, ValueError):
            raise InputError(f"{file}: its time cannot be read", hint="say when it was made: --as-of TIME") from None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("the time of --as-of cannot be read", hint="such as 2026-11-23T09:14:00Z") from None


def _asset_list(
    arguments: argparse.Namespace, ledger: Ledger, signer: PrivateKey, table: Table, mapping: Mapping | None
) -> int:
    from lossproof.cli.progress import counted
    from lossproof.jobs.importing import Status, carry_out, error_headings, error_rows, plan
    from lossproof.wire.asset_list import encode_mapping
    from lossproof.wire.csv_out import csv_text

    with counted("looking at", "rows") as progress:
        planned = plan(ledger, table, mapping, signer=signer, progress=progress)
    if not arguments.dry_run:
        try:
            with counted("registering", "rows") as progress:
                planned = carry_out(ledger, signer, planned, progress=progress).plan
        except KeyboardInterrupt:
            output.warn("what was registered stays: import the file again to go on")
            raise
    if arguments.save_mapping is not None:
        output.write_whole(arguments.save_mapping, encode_mapping(planned.mapping))
    if arguments.errors is not None:
        output.write_whole(arguments.errors, csv_text(error_headings(table), error_rows(planned, table)))
    counts = planned.counts()
    if arguments.json:
        _say_json(_plan_shape(planned, dry_run=arguments.dry_run))
    else:
        _say_plan(planned, dry_run=arguments.dry_run)
    return 1 if counts[Status.ERROR] else 0


def _plan_shape(planned: Plan, *, dry_run: bool) -> dict[str, Any]:
    return {
        "kind": "asset_list",
        "dry_run": dry_run,
        "columns": {one.value: heading for one, heading in planned.mapping.columns.items()},
        "counts": {status.value: count for status, count in planned.counts().items()},
        "rows": [
            {"row": step.row.number, "status": step.status.value, "device": step.device, "reason": step.reason or None}
            for step in planned.steps
        ],
    }


def _say_plan(planned: Plan, *, dry_run: bool) -> None:
    from lossproof.jobs.importing import Status
    from lossproof.report.text import amount, printable

    columns = planned.mapping.columns.items()
    output.say("columns: " + ", ".join(f"{printable(head)} = {one.value.replace('_', ' ')}" for one, head in columns))
    wrong = [step for step in planned.steps if step.status is Status.ERROR]
    for step in wrong[:_SHOWN]:
        output.say(f"row {step.row.number}: {step.reason}")
    if len(wrong) > _SHOWN:
        output.say(f"and {amount(len(wrong) - _SHOWN, 'more row')} with errors: --errors FILE writes all of them")
    counts = planned.counts()
    output.say(
        f"{amount(len(planned.steps), 'row')}: {counts[Status.NEW]:,} new, {counts[Status.CHANGED]:,} changed, "
        f"{counts[Status.KNOWN]:,} known, {counts[Status.ERROR]:,} with errors"
        + (" (dry run: nothing was changed)" if dry_run else "")
    )


def _report(
    arguments: argparse.Namespace, ledger: Ledger, signer: PrivateKey, found: Incoming, made_at: datetime
) -> int:
    from collections import Counter

    from lossproof.cli.progress import counted
    from lossproof.jobs.reported_evidence import Taken, import_reported
    from lossproof.wire.csv_out import csv_text

    known = len(found.devices)
    with counted("recording", "devices") as tell:
        outcomes = import_reported(
            ledger,
            signer,
            found.devices,
            made_at=made_at,
            dry_run=arguments.dry_run,
            progress=None if tell is None else lambda done: tell(done, known),
        )
    wrong = [one for one in outcomes if one.taken is Taken.ERROR]
    if arguments.errors is not None:
        output.write_whole(
            arguments.errors, csv_text(["Where", "What is wrong"], ([one.place, one.reason] for one in wrong))
        )
    counts = Counter(one.taken for one in outcomes)
    if arguments.json:
        _say_json(_report_shape(found.source, outcomes, counts, dry_run=arguments.dry_run))
    else:
        _say_report(found.source, outcomes, counts, dry_run=arguments.dry_run)
    return 1 if wrong else 0


def _report_shape(source: str, outcomes: tuple[Outcome, ...], counts: Counter[Any], *, dry_run: bool) -> dict[str, Any]:
    from lossproof.jobs.reported_evidence import Taken

    return {
        "kind": "report",
        "source": source,
        "dry_run": dry_run,
        "counts": {one.value: counts[one] for one in Taken},
        "devices": [
            {
                "place": one.place,
                "status": one.taken.value,
                "device": one.device,
                "registered": one.registered,
                "protection": one.protection and one.protection.value,
                "reason": one.reason or None,
            }
            for one in outcomes
        ],
    }


def _say_report(source: str, outcomes: tuple[Outcome, ...], counts: Counter[Any], *, dry_run: bool) -> None:
    from lossproof.jobs.reported_evidence import Taken
    from lossproof.report.text import amount

    output.say(f"this is {source}")
    for one in outcomes[:_SHOWN]:
        shown = one.reason or ", ".join(
            part for part in (one.taken.value, one.protection and f"reported as {one.protection.value}") if part
        )
        output.say(f"{one.place}: {shown}{', registered just now' if one.registered and not dry_run else ''}")
    if len(outcomes) > _SHOWN:
        output.say(f"and {len(outcomes) - _SHOWN:,} more: --json prints all of them")
    said = ", ".join(f"{counts[one]:,} {one.value}" for one in Taken if counts[one])
    output.say(
        f"{amount(len(outcomes), 'device')}: {said or 'none'}" + (" (dry run: nothing was changed)" if dry_run else "")
    )
    output.say("what another system says is graded imported: it is never proof that was observed")


def _say_json(shape: dict[str, Any]) -> None:
    from lossproof.wire.output import line

    output.say(line(shape))
