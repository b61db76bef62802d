"""`lossproof ledger trust`: prints the policy file (C2SP tlog-policy) that a verifier is given by another channel; exit status 0."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger import opening


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger trust`."""
    parser.add_argument(
        "--set", metavar="FILE", type=Path, help="first take the witnesses and the quorum from this policy file"
    )
    opening.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger trust`."""
    from lossproof.cli.ledger.files import content
    from lossproof.ledger.suggested import policy_of, set_policy

    given = None if arguments.set is None else content(arguments.set)
    with opening.open_for_reading(arguments) as ledger:
        if given is not None:
            set_policy(ledger, given)
        policy = policy_of(ledger).text()
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({"policy": policy}))
    else:
        output.say(policy.rstrip("\n"))
    return 0
