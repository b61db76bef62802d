"""`lossproof ledger add FILE...`: exit status 0. All of them are appended, or none."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli.ledger import opening, said


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger add`."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a signed fact: a DSSE envelope")
    opening.add_store(parser)
    opening.add_passphrase(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger add`."""
    from lossproof.cli.ledger.files import contents

    envelopes = contents(arguments.files)
    with opening.open_with_log_key_if_there(arguments) as ledger:
        with ledger.write() as writer:
            writer.append_many(envelopes)
        said.receipts(writer.receipts, as_json=arguments.json)
    return 0
