"""`lossproof ledger checkpoint`: exit status 0; 1 where a witness or time-stamp authority that was asked did not answer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError
from lossproof.report.pack_words import grouped

if TYPE_CHECKING:
    from lossproof.jobs.checkpointing import Checkpointed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger checkpoint`."""
    parser.add_argument(
        "--print",
        dest="short",
        action="store_true",
        help="print origin, size and root, short enough to mail or to read out",
    )
    parser.add_argument(
        "--stamp", metavar="URL", action="append", default=[], help="have this authority time-stamp it (RFC 3161)"
    )
    parser.add_argument(
        "--authority",
        metavar="FILE",
        action="append",
        default=[],
        help="the certificate of the authority, to check the stamp with",
    )
    opening.add_store(parser)
    opening.add_passphrase(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger checkpoint`."""
    from lossproof.cli.ledger.files import contents
    from lossproof.jobs.checkpointing import checkpoint

    if arguments.stamp and not arguments.authority:
        raise InputError(
            "a stamp is checked before it is kept", hint="give the authority's certificate with --authority"
        )
    authorities = contents(arguments.authority)
    ledger, _ = opening.open_with_log_key(arguments)
    with ledger:
        done = checkpoint(ledger, stamp_urls=arguments.stamp, authorities=authorities)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line(done.shape()))
        return 1 if done.failed else 0
    if arguments.short:
        output.say(f"origin {done.origin}\nsize {done.size}\nroot {grouped(done.root)}")
    else:
        output.say(done.note.decode("utf-8").rstrip("\n"))
    _say_who(done)
    return 1 if done.failed else 0


def _say_who(done: Checkpointed) -> None:
    """Who has seen it: on standard error, so that the checkpoint alone can be sent into a file."""
    from lossproof.report.text import joined, printable

    for name, what in done.failed:
        output.warn(f"{printable(name)}: {printable(what)}")
    if done.witnesses:
        output.warn(f"cosigned by {printable(joined(done.witnesses))}")
    if done.wanted:
        output.warn("the quorum of the policy is reached" if done.quorum else "the quorum of the policy is NOT reached")
    for at in done.stamps:
        output.warn(f"time-stamped at {at}")
    if done.stamped and not done.stamps:
        output.warn("time-stamped before")
    if not done.independent:
        output.warn("not independently witnessed: no witness cosigned it, and no authority stamped it")
