"""`lossproof retention --database STORE`: exit status 0. Erases what is due by a schedule, for good; says what and how many."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger.opening import STORE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `retention`."""
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--database", metavar="STORE", help=f"the register's store: {STORE}")
    asked.add_argument("--show-schedule", action="store_true", help="print the shipped schedule, to edit a copy of it")
    parser.add_argument("--keys", metavar="DIR", type=Path, help="the folder of its keys (default: STORE.keys)")
    parser.add_argument(
        "--schedule", metavar="FILE", type=Path, help="a schedule of your own (default: the shipped one)"
    )
    parser.add_argument("--dry-run", action="store_true", help="erase nothing; say what would be")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(arguments: argparse.Namespace) -> int:
    """Run `retention`."""
    from lossproof.cli.register.opening import open_register
    from lossproof.register.retention.schedule import SHIPPED, read_schedule

    if arguments.show_schedule:
        output.say(SHIPPED.read_text(encoding="utf-8").rstrip("\n"))
        return 0
    ledger = open_register(arguments.database, arguments.keys)
    # What defines tables can be imported only now.
    from lossproof.register.retention.kinds import kinds
    from lossproof.register.retention.sweep import sweep

    schedule = read_schedule(arguments.schedule or SHIPPED, kinds())
    swept = sweep(ledger, schedule, dry_run=arguments.dry_run)
    if arguments.json:
        from lossproof.wire.output import line

        counts = [one._asdict() for one in swept]
        output.say(line({"schedule": schedule.digest, "dry_run": arguments.dry_run, "lines": counts}))
        return 0
    output.say(f"by the schedule of {schedule.dated:%Y-%m-%d}{', nothing was erased:' if arguments.dry_run else ':'}")
    for one in swept:
        output.say(f"  {one.erased:>7,}  {one.what}  ({one.rule})")
    if not arguments.dry_run:
        output.say("Copies of the store that were made before still hold it, until they are deleted or swept as well.")
    return 0
