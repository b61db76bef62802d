"""`lossproof ledger end WHAT`: exit status 0. What has ended stays in the log; a key that has ended signs nothing any more."""

from __future__ import annotations

import argparse

from lossproof.cli.ledger import opening, said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger end`."""
    parser.add_argument(
        "what",
        metavar="WHAT",
        type=opening.text,
        help="a key's fingerprint, an age recipient, an organisation (with all its keys and people), or a device",
    )
    opening.add_store(parser)
    opening.add_signer(parser, "owner.key in the keys")


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger end`."""
    from lossproof.jobs.withdrawing import end
    from lossproof.ledger.store import OWNER_KEY

    ledger, owner = opening.open_for_writing(arguments, OWNER_KEY, arguments.key)
    with ledger:
        done = end(ledger, owner, arguments.what)
    said.receipts(done.receipts, as_json=arguments.json, **done.registered)
    return 0
