"""`lossproof discover TARGET`: exit status 0 when nobody was found and all was examined, otherwise 1."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lossproof.cli import output, recording
from lossproof.cli.progress import shown
from lossproof.discover.scan import Found, Progress
from lossproof.jobs.discovery import discover_folder, discover_image, locked_parts
from lossproof.jobs.inspection import inspect_target
from lossproof.model.holding import Holding
from lossproof.model.volume import Inspection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `discover`."""
    parser.add_argument("target", metavar="TARGET", type=Path, help="a folder, a disk image or a device")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the report")
    parser.add_argument(
        "--show", action="store_true", help="show the identifiers that were found instead of masking them"
    )
    recording.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `discover`."""
    target: Path = arguments.target
    folder = os.path.isdir(target)  # noqa: PTH112  pathlib's raises where a folder above may not be entered
    with recording.recorder(arguments, target, folder=folder) as record:
        with shown() as progress:
            seen = _discover(target, progress, folder=folder, show=arguments.show)
        recorded, refused = recording.tried(record, inspection=seen.inspection, found=seen.found)
    holding = seen.holding
    output.give(holding, as_json=arguments.json, recorded=recorded)
    if refused is not None:
        raise refused
    nobody = (
        holding.people.high == 0
        and holding.raw.people.high == 0
        and not holding.named_only
        and not holding.unattributed
        and not holding.possible
    )
    return 0 if nobody and not holding.not_examined and not holding.interrupted else 1


class _Seen(NamedTuple):
    holding: Holding
    inspection: Inspection | None
    found: Found | None


def _discover(target: Path, progress: Progress | None, *, folder: bool, show: bool) -> _Seen:
    if folder:
        below = discover_folder(target, progress=progress, show=show)
        return _Seen(below.holding, None, below)
    inspection = inspect_target(target)
    found = discover_image(target, inspection, progress=progress, show=show)
    holding = found.holding if found else Holding(target=str(target))
    holding = replace(holding, not_examined=(*locked_parts(inspection), *holding.not_examined))
    return _Seen(holding, inspection, replace(found, holding=holding) if found else None)
