"""`lossproof register backup --database STORE --out FILE`: exit status 0 when the copy was read back, and holds."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.cli import output
from lossproof.cli.ledger.opening import STORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossproof.ledger.replay import Replayed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `register backup`."""
    parser.add_argument("--database", metavar="STORE", required=True, help=f"the store that is copied: {STORE}")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="the copy, which must not be there yet")


def run(arguments: argparse.Namespace) -> int:
    """Run `register backup`."""
    from lossproof.cli.progress import counted
    from lossproof.ledger.backup import back_up
    from lossproof.report.text import size

    with counted("reading the copy back", "leaves") as progress:
        done = back_up(arguments.database, arguments.out, progress)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({"file": str(arguments.out), **asdict(done)}))
        return 0
    output.say(f"copied {arguments.database} to {arguments.out}, {size(done.size_bytes)}, and read it back:")
    say_logs(done.logs)
    output.say(
        "The keys are not in it, so that whoever finds it cannot sign: copy their folder to another place, once."
    )
    output.say("It holds names as the store does: keep it as safe, encrypted, and no longer than you must.")
    return 0


def say_logs(logs: Sequence[Replayed]) -> None:
    """Say what was replayed: a store has several logs after `ledger recover`."""
    from lossproof.report.text import amount

    for log in logs:
        output.say(f"  {amount(log.size, 'leaf', 'leaves')} of {log.origin}")
        output.say(f"  root {log.root}")
        covers = "all" if log.signed_size == log.size else f"the first {log.signed_size:,}"
        output.say(f"  its newest checkpoint covers {covers} of them, and agrees")
