"""`lossproof ledger retract LEAF --reason REASON`: exit status 0."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli.ledger import opening, said
from lossproof.model.facts.retraction import RetractionReason


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger retract`."""
    parser.add_argument("leaf", metavar="LEAF", type=opening.leaf, help="the leaf of the fact to withdraw")
    parser.add_argument("--reason", required=True, choices=[one.value for one in RetractionReason], help="why")
    opening.add_store(parser)
    opening.add_signer(parser, "the one in the keys that signed the fact")


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger retract`."""
    from lossproof.jobs.withdrawing import retract

    name = arguments.key or _signed_with(arguments)
    ledger, signer = opening.open_for_writing(arguments, name.name, name)
    with ledger:
        given = retract(ledger, signer, arguments.leaf, RetractionReason(arguments.reason))
    said.receipts(given, as_json=arguments.json)
    return 0


def _signed_with(arguments: argparse.Namespace) -> Path:
    """The key in the ledger's own folder that signed the fact, or else the inspector's, which the log will then refuse."""
    from lossproof.jobs.recovering import key_file
    from lossproof.jobs.withdrawing import signer_of
    from lossproof.ledger.store import INSPECTOR_KEY, keys_folder

    with opening.open_for_reading(arguments) as ledger:
        mark = signer_of(ledger, arguments.leaf)
    folder = keys_folder(arguments.ledger, arguments.keys)
    return key_file(folder, mark) or folder / INSPECTOR_KEY
