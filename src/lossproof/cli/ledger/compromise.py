"""`lossproof ledger compromise KEY --reason REASON`: exit status 0. Lists what relied on the key."""

from __future__ import annotations

import argparse

from lossproof.cli import output
from lossproof.cli.ledger import opening, said
from lossproof.model.facts.compromise import CompromiseReason


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger compromise`."""
    parser.add_argument("fingerprint", metavar="KEY", type=opening.text, help="the fingerprint of the key")
    parser.add_argument(
        "--reason", required=True, choices=[one.value for one in CompromiseReason], help="what happened"
    )
    opening.add_store(parser)
    opening.add_signer(parser, "owner.key in the keys")


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger compromise`."""
    from lossproof.jobs.withdrawing import compromise
    from lossproof.ledger.store import OWNER_KEY
    from lossproof.report.text import amount

    ledger, signer = opening.open_for_writing(arguments, OWNER_KEY, arguments.key)
    with ledger:
        done = compromise(ledger, signer, arguments.fingerprint, CompromiseReason(arguments.reason))
    if arguments.json:
        said.receipts(done.receipts, as_json=True, facts_signed_by_this_key=list(done.leaves))
        return 0
    said.receipts(done.receipts, as_json=False)
    output.say(f"signed with this key: {amount(len(done.leaves), 'leaf', 'leaves')}")
    for first in range(0, len(done.leaves), 10):
        output.say("  " + ", ".join(map(str, done.leaves[first : first + 10])))
    if done.leaves:
        output.say("Decide which of them you still rely on, and look at those devices again.")
    return 0
