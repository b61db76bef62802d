"""`lossproof ledger people DEVICE --out DIR`: exit status 0; 1 where a list is no longer there. They stay sealed."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger people`."""
    parser.add_argument(
        "device", metavar="DEVICE", type=opening.text, help="a device's id, or an identifier that one device has"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="the folder to write them into: LEAF-DEVICE.age"
    )
    opening.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger people`."""
    from lossproof.jobs.sealed_lists import sealed_lists
    from lossproof.report.text import amount

    folder: Path = arguments.out
    if not os.path.isdir(folder):  # noqa: PTH112  pathlib's raises where a folder above may not be entered
        raise InputError(f"{folder}: no such folder", hint="make it first")
    with opening.open_for_reading(arguments) as ledger:
        device, lists = sealed_lists(ledger, arguments.device)
    shapes: list[dict[str, Any]] = []
    for one in lists:
        shape: dict[str, Any] = {"leaf": one.leaf, "true_at": one.true_at, "sha256": one.sha256, "file": None}
        shape["erased"] = str(one.erased) if one.erased else None
        if one.ciphertext is not None:
            path = folder / f"{one.leaf}-{device.subject[:8]}.age"
            output.write_bytes_whole(path, one.ciphertext)
            shape["file"] = str(path)
        shapes.append(shape)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({"device": device.subject, "lists": shapes}))
    else:
        for shape in shapes:
            gone = shape["erased"] or "not in this store"
            output.say(f"leaf {shape['leaf']}, {shape['true_at']}: {shape['file'] or gone}")
        written = sum(shape["file"] is not None for shape in shapes)
        output.say(f"{amount(written, 'sealed list')} of people on device {device.subject}")
        if written:
            output.say(
                "whoever has the recipient's key counts them with: lossproof people union FILE... --identity KEY"
            )
    return 0 if all(shape["file"] for shape in shapes) else 1
