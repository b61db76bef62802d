"""`lossproof inspect TARGET...`: exit status 0 when every target is protected, otherwise 1, or the last error's."""

from __future__ import annotations

import argparse

from lossproof.cli import complain, output, recording
from lossproof.errors import InputError, LossproofError
from lossproof.jobs.inspection import inspect_target
from lossproof.model.volume import Protection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `inspect`."""
    parser.add_argument("targets", metavar="TARGET", nargs="+", help="a device or a disk image")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, in the order given")
    recording.add_arguments(parser, people=False)


def run(arguments: argparse.Namespace) -> int:
    """Run `inspect`. A target that cannot be inspected does not stop the others."""
    if arguments.device is not None and len(arguments.targets) > 1:
        raise InputError("--device names one device, and there are several targets", hint="record them one by one")
    alone = arguments.targets[0] if len(arguments.targets) == 1 else None
    with recording.recorder(arguments, alone, folder=False) as record:
        return _inspect_each(arguments, record)


def _inspect_each(arguments: argparse.Namespace, record: recording.Record | None) -> int:
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
        recorded, refused = recording.tried(record, inspection=inspection)
        output.give(inspection, as_json=arguments.json, recorded=recorded)
        if refused is not None:
            status = complain(refused)
        if inspection.protection is not Protection.PROTECTED and status < 10:
            status = 1
    return status
