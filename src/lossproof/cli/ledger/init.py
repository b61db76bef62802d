"""`lossproof ledger init STORE`: exit status 0."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError
from lossproof.report.pack_words import grouped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger init`."""
    parser.add_argument("store", metavar="STORE", help=f"{opening.STORE}; it must not hold a ledger yet")
    parser.add_argument(
        "--keys", metavar="DIR", type=Path, help="the folder to make for its keys (default: STORE.keys)"
    )
    parser.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="the passphrase of the keys (otherwise it is asked for)"
    )
    parser.add_argument(
        "--manifest-to", metavar="age1...", help="the age recipient to whom lists of people are sealed (default: none)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger init`."""
    from lossproof.ledger.keys import fingerprint
    from lossproof.ledger.store import create, keys_folder

    folder = keys_folder(arguments.store, arguments.keys)
    _refuse_early(arguments, folder)
    secret = opening.passphrase(arguments.passphrase_file, "the new keys", "--passphrase-file", twice=True)
    with create(arguments.store, arguments.keys, secret, arguments.manifest_to) as ledger:
        made = {
            "store": arguments.store,
            "keys": str(folder),
            "origin": ledger.log.origin,
            "log_key": fingerprint(ledger.log.public),
            "manifest_to": arguments.manifest_to,
            "size": ledger.reader.size,
        }
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line(made))
        return 0
    named = f" --keys {arguments.keys}" if arguments.keys is not None else ""
    output.say(f"made {made['store']}, and its keys in {made['keys']}")
    output.say(f"origin: {made['origin']}")
    output.say(f"fingerprint of the log's key: {grouped(str(made['log_key']))}")
    if arguments.manifest_to is None:
        output.say("lists of people: not kept, counts alone (`lossproof ledger enrol age1...` changes that)")
    else:
        output.say(f"lists of people: sealed to {arguments.manifest_to}")
    output.say("")
    output.say("Next:")
    output.say(
        "1. Copy the keys to another place, and the passphrase to a third: nothing can be recorded without them."
    )
    output.say("2. Give the other party this fingerprint by telephone or on paper, and the output of:")
    output.say(f"   lossproof ledger trust --ledger {made['store']}{named}")
    output.say(f"3. Record the first device: lossproof check TARGET --record {made['store']}{named}")
    return 0


def _refuse_early(arguments: argparse.Namespace, folder: Path) -> None:
    """What `create` would refuse, said before anybody has typed a passphrase twice."""
    from lossproof.ledger.database import is_url
    from lossproof.ledger.manifest import parse_recipient

    if arguments.manifest_to is not None:
        parse_recipient(arguments.manifest_to)
    if not is_url(arguments.store):
        if os.path.lexists(arguments.store):
            raise InputError(f"{arguments.store} is there already", hint="a store is never overwritten: name another")
        output.refuse_unwritable(Path(arguments.store))
    if os.path.lexists(folder):
        raise InputError(f"{folder} is there already", hint="keys are never overwritten: name another, or move it away")
