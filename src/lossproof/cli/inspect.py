"""`lossproof inspect TARGET...`: exit status 0 when every target is protected, otherwise 1, or the last error's."""

from __future__ import annotations

import argparse

from lossproof.cli import complain, output
from lossproof.errors import LossproofError
from lossproof.jobs.inspection import inspect_target
from lossproof.model.volume import Protection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `inspect`."""
    parser.add_argument("targets", metavar="TARGET", nargs="+", help="a device or a disk image")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, in the order given")


def run(arguments: argparse.Namespace) -> int:
    """Run `inspect`. A target that cannot be inspected does not stop the others."""
    status = 0
    for target in arguments.targets:
        try:
            inspection = inspect_target(target)
        except LossproofError as error:
            status = complain(error)
            if arguments.json:
                import json

                print(json.dumps({"target": target, "error": {"code": error.code, "text": str(error)}}))
            continue
        output.give(inspection, as_json=arguments.json)
        if inspection.protection is not Protection.PROTECTED and status < 10:
            status = 1
    return status
