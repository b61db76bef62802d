"""`lossproof ledger prove LEAF`: exit status 0. The proof is a tlog-proof (C2SP), to standard output or into a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger import opening


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger prove`."""
    parser.add_argument("leaf", metavar="LEAF", type=opening.leaf, help="the leaf to prove")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the proof there (default: standard output)")
    opening.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger prove`."""
    from lossproof.jobs.proving import prove

    if arguments.out is not None:
        output.refuse_unwritable(arguments.out)
    with opening.open_for_reading(arguments) as ledger:
        proved = prove(ledger, arguments.leaf)
    proof = proved.proof.decode("utf-8")
    if arguments.out is not None:
        output.write_whole(arguments.out, proof)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({"leaf": arguments.leaf, "entry": proved.entry.decode("ascii"), "proof": proof}))
    elif arguments.out is None:
        output.say(proof.rstrip("\n"))
    else:
        output.say(f"wrote {arguments.out}: it proves this entry, byte for byte:")
        output.say(proved.entry.decode("ascii"))
    return 0
