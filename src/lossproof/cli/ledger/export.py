"""`lossproof ledger export FOLDER`: exit status 0. Static tiles (C2SP tlog-tiles); a second run writes what is new."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger import opening


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger export`."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a new or empty folder, or an earlier export")
    opening.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger export`."""
    from lossproof.jobs.proving import export_tiles

    with opening.open_for_reading(arguments) as ledger:
        size = export_tiles(ledger, arguments.folder)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({"folder": str(arguments.folder), "size": size}))
    else:
        output.say(f"wrote {size:,} leaves into {arguments.folder}")
    return 0
