"""`lossproof sample DIR`: make a made-up stick; exit status 0."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from lossproof.cli import output
from lossproof.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `sample`."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a new or empty folder")
    parser.add_argument("--people", metavar="N", type=int, default=500, help="how many made-up people (default: 500)")
    parser.add_argument(
        "--seed", metavar="S", type=int, default=1, help="the same seed makes the same bytes (default: 1)"
    )
    parser.add_argument(
        "--image", metavar="FILE", type=Path, help="also write a disk image of it, FAT32 on an MBR partition"
    )
    parser.add_argument("--truth", metavar="FILE", type=Path, help="also write the right answers, as JSON")
    parser.add_argument("--json", action="store_true", help="print what was made as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Run `sample`."""
    from lossproof.sample import fat32, stick

    if arguments.people < 1:
        raise InputError("a stick needs at least one person", hint="give --people 1 or more")
    for path in (arguments.image, arguments.truth):
        if path is not None:
            output.refuse_unwritable(path)
    truth = stick.make(arguments.folder, people=arguments.people, seed=arguments.seed)
    if arguments.image is not None:
        fat32.write_image(arguments.folder, arguments.image)
    if arguments.truth is not None:
        output.write_whole(arguments.truth, truth.text())
    made = {"folder": str(arguments.folder), "people": arguments.people, "seed": arguments.seed}
    if arguments.image is not None:
        made["image"] = str(arguments.image)
    if arguments.truth is not None:
        made["truth"] = str(arguments.truth)
    if arguments.json:
        print(json.dumps(made))
    else:
        print(f"made {arguments.folder}: {arguments.people:,} made-up people, seed {arguments.seed}")
        for name in ("image", "truth"):
            if name in made:
                print(f"made {made[name]}")
    return 0
