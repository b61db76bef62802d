"""`lossproof ledger erase DEVICE --rule RULE`: exit status 0. The facts stay, and say nothing any more of what was erased."""

from __future__ import annotations

import argparse

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger erase`."""
    parser.add_argument(
        "device", metavar="DEVICE", type=opening.text, help="a device's id, or an identifier that one device has"
    )
    parser.add_argument(
        "--rule", metavar="CODE", type=opening.text, required=True, help="why it may go, such as retention_ended"
    )
    parser.add_argument("--names", action="store_true", help="erase its serial numbers and asset tags")
    parser.add_argument("--lists", action="store_true", help="erase the sealed lists of the people on it")
    opening.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger erase`."""
    from lossproof.jobs.erasing import erase_device
    from lossproof.report.text import amount

    if not (arguments.names or arguments.lists):
        raise InputError("say what is to be erased, for good", hint="give --names, --lists or both")
    with opening.open_for_reading(arguments) as ledger:
        done = erase_device(ledger, arguments.device, arguments.rule, names=arguments.names, lists=arguments.lists)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({**done._asdict(), "rule": arguments.rule}))
    else:
        output.say(
            f"erased of device {done.device}: {amount(done.names, 'name')}, {amount(done.lists, 'list')} of people"
        )
        output.say("Copies of the store, and evidence packs made before, still hold them.")
    return 0
