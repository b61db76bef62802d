"""`lossproof check TARGET`: exit status 0 when nobody's data is exposed, 1 when it is or nobody can say."""

from __future__ import annotations

import argparse
import os
from datetime import datetime
from pathlib import Path

from lossproof import __version__
from lossproof.cli import output, recording
from lossproof.cli.progress import shown
from lossproof.jobs.check import examine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `check`."""
    parser.add_argument("target", metavar="TARGET", type=Path, help="a device, a disk image or a folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the report")
    parser.add_argument("--html", metavar="FILE", type=Path, help="also write the report as one self-contained page")
    parser.add_argument(
        "--show", action="store_true", help="show the identifiers that were found instead of masking them"
    )
    recording.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `check`."""
    if arguments.html is not None:
        output.refuse_unwritable(arguments.html, target=arguments.target)
    folder = os.path.isdir(arguments.target)  # noqa: PTH112  pathlib's raises where a folder above may not be entered
    with recording.recorder(arguments, arguments.target, folder=folder) as record:
        with shown() as progress:
            verdict, found = examine(arguments.target, progress=progress, show=arguments.show)
        recorded, refused = recording.tried(record, inspection=verdict.inspection, found=found, exposed=verdict.exposed)
    if arguments.html is not None:
        from lossproof.report.html import page

        made_at = datetime.now().astimezone().isoformat(timespec="seconds")
        output.write_whole(arguments.html, page(verdict, made_at=made_at, tool=f"lossproof {__version__}"))
    output.give(verdict, as_json=arguments.json, recorded=recorded)
    if refused is not None:
        raise refused
    return 0 if verdict.exposed is False else 1
