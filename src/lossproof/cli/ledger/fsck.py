"""`lossproof ledger fsck`: exit status 0 when everything holds, 12 where something does not."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from lossproof.cli import output
from lossproof.cli.ledger import opening

if TYPE_CHECKING:
    from lossproof.ledger.replay import Replayed
    from lossproof.ledger.store import Ledger


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger fsck`."""
    opening.add_store(parser)
    parser.add_argument(
        "--state", action="store_true", help="afterwards state it in the log, signed with an auditor's key"
    )
    opening.add_signer(parser, "auditor.key in the keys")


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger fsck`."""
    from lossproof.cli.ledger.said import receipts, shaped
    from lossproof.jobs.replaying import state_replay
    from lossproof.jobs.stating import require_signer
    from lossproof.model.facts.replay import Replay

    given = None
    if arguments.state:
        ledger, auditor = opening.open_for_writing(arguments, "auditor.key", arguments.key)
        with ledger:
            require_signer(ledger, auditor, Replay.SIGNERS, Replay.KIND)
            done = _replayed(ledger)
            given = state_replay(ledger, auditor, size=done.size, root=done.root)
    else:
        with opening.open_for_reading(arguments) as ledger:
            done = _replayed(ledger)
    if arguments.json:
        from lossproof.wire.output import line

        shape = asdict(done)
        output.say(line(shape if given is None else shape | {"receipts": shaped(given)}))
        return 0
    _say(done)
    if given is not None:
        receipts(given, as_json=False)
    return 0


def _replayed(ledger: Ledger) -> Replayed:
    from lossproof.cli.progress import counted
    from lossproof.ledger.replay import replay

    with counted("replaying", "leaves") as progress:
        return replay(ledger.reader, outside=ledger.publisher.outside, progress=progress)


def _say(done: Replayed) -> None:
    from lossproof.report.text import amount

    output.say(f"{amount(done.size, 'leaf', 'leaves')} of {done.origin} replayed, and everything holds:")
    output.say(f"  {amount(done.facts, 'fact')} about {amount(done.subjects, 'subject')}, every signature, every chain")
    output.say(f"  {amount(done.heads, 'heads leaf', 'heads leaves')} and {amount(done.checkpoints, 'checkpoint')}")
    output.say(f"  root {done.root}")
    if done.signed_size < done.size:
        output.say(f"  no checkpoint covers the last {done.size - done.signed_size:,} of them yet")
