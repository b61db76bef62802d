"""`lossproof register person ID --database STORE`: exit status 0. A copy of all that is held about somebody, or its erasure."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.cli.register.opening import open_register
from lossproof.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `register person`."""
    parser.add_argument(
        "person", metavar="ID", type=opening.text, help="the person's random id, as their page shows it"
    )
    parser.add_argument("--database", metavar="STORE", required=True, help=f"the register's store: {opening.STORE}")
    parser.add_argument("--keys", metavar="DIR", type=Path, help="the folder of its keys (default: STORE.keys)")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the copy to a new file that only you may read")
    parser.add_argument("--erase", action="store_true", help="erase who the person was, for good; no copy is made")
    parser.add_argument(
        "--rule", metavar="CODE", type=opening.text, default="person_asked", help="why it may go (%(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run `register person`."""
    if arguments.erase and arguments.out is not None:
        raise InputError("a copy and an erasure are two steps", hint="first --out FILE, then --erase")
    ledger = open_register(arguments.database, arguments.keys)
    # What defines tables can be imported only now.
    from lossproof.register.data_subjects.copying import all_about
    from lossproof.register.data_subjects.erasing import erase_at_request
    from lossproof.register.data_subjects.staying import what_stays

    if arguments.erase:
        erase_at_request(ledger, arguments.person, arguments.rule)
        if arguments.json:
            from lossproof.wire.output import line

            output.say(line({"person": arguments.person, "erased_under": arguments.rule}))
            return 0
        output.say(f"erased who the person {arguments.person} was. What stays, and why:")
        for one in what_stays():
            output.say(f"  {one.what}. {one.why} ({one.cites}{'; cited from memory' if one.recalled else ''}).")
        return 0
    import json

    copy = json.dumps(all_about(ledger, arguments.person), ensure_ascii=False, indent=None if arguments.json else 2)
    if arguments.out is None:
        output.say(copy)
        return 0
    from lossproof.ledger.new_file import write_new

    write_new(arguments.out, copy.encode() + b"\n", 0o600)
    output.say(f"wrote all that is held about {arguments.person} to {arguments.out}")
    return 0
