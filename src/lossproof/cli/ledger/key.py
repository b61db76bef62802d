"""`lossproof ledger key FILE`: exit status 0."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.report.pack_words import grouped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger key`."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="the key file to make; FILE.pub will be its public half"
    )
    parser.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="the passphrase of the key (otherwise it is asked for)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger key`."""
    from lossproof.ledger.keys import fingerprint, make_key, public_path
    from lossproof.ledger.new_file import refuse_taken

    # Before anybody is asked for a passphrase.
    output.refuse_unwritable(arguments.file)
    for path in (arguments.file, public_path(arguments.file)):
        refuse_taken(path)
    secret = opening.passphrase(arguments.passphrase_file, "the new key", "--passphrase-file", twice=True)
    public = make_key(arguments.file, secret)
    made = {"key": str(arguments.file), "public": str(public_path(arguments.file)), "fingerprint": fingerprint(public)}
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line(made))
    else:
        output.say(f"made {made['key']}; send {made['public']} to the owner of the ledger, who enrols it")
        output.say(f"fingerprint: {grouped(made['fingerprint'])}")
        output.say("Read the fingerprint out to the owner, by telephone or in person. Never send the key itself.")
    return 0
