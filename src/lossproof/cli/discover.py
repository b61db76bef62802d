"""`lossproof discover TARGET`: exit status 0 when nobody was found and all was examined, otherwise 1."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.progress import shown
from lossproof.discover.scan import Progress
from lossproof.jobs.discovery import discover_folder, discover_image, locked_parts
from lossproof.jobs.inspection import inspect_target
from lossproof.model.holding import Holding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `discover`."""
    parser.add_argument("target", metavar="TARGET", type=Path, help="a folder, a disk image or a device")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the report")
    parser.add_argument(
        "--show", action="store_true", help="show the identifiers that were found instead of masking them"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run `discover`."""
    target: Path = arguments.target
    with shown() as progress:
        holding = _discover(target, progress, show=arguments.show)
    output.give(holding, as_json=arguments.json)
    nobody = (
        holding.people.high == 0
        and holding.raw.people.high == 0
        and not holding.named_only
        and not holding.unattributed
        and not holding.possible
    )
    return 0 if nobody and not holding.not_examined and not holding.interrupted else 1


def _discover(target: Path, progress: Progress | None, *, show: bool) -> Holding:
    if os.path.isdir(target):  # noqa: PTH112  pathlib's raises where a folder above may not be entered
        return discover_folder(target, progress=progress, show=show).holding
    inspection = inspect_target(target)
    found = discover_image(target, inspection, progress=progress, show=show)
    holding = found.holding if found else Holding(target=str(target))
    return replace(holding, not_examined=(*locked_parts(inspection), *holding.not_examined))
