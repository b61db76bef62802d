"""`lossproof verify FILE`: exit status 0 only when everything in an evidence pack was verified by a trust policy.

1 where it is self-consistent only, or cannot be compared with the checkpoint given; 12 where it is refused.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.cli import complain, output
from lossproof.cli.ledger.files import content, contents
from lossproof.errors import InputError, VerificationError

if TYPE_CHECKING:
    from lossproof.model.pack import PackResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `verify`."""
    parser.add_argument("pack", metavar="FILE", type=Path, help="an evidence pack")
    parser.add_argument(
        "--trust",
        metavar="POLICY",
        type=Path,
        help="the trust policy that reached you by another way than the pack; without it nothing is verified",
    )
    parser.add_argument(
        "--since",
        metavar="CHECKPOINT",
        type=Path,
        help="a checkpoint of the log that you had before: is it still the same log?",
    )
    parser.add_argument(
        "--authority",
        metavar="CERTIFICATE",
        type=Path,
        action="append",
        default=[],
        help="the certificate of a time-stamp authority that you trust; more than once for several",
    )
    parser.add_argument("--json", action="store_true", help="print the result object instead of the report")


def run(arguments: argparse.Namespace) -> int:
    """Run `verify`."""
    from lossproof.ledger.archive import MAX_ARCHIVE_BYTES
    from lossproof.ledger.stamps import check_authorities
    from lossproof.ledger.trust import parse_policy
    from lossproof.ledger.verification import check_pack
    from lossproof.model.pack import Outcome

    policy = None if arguments.trust is None else parse_policy(content(arguments.trust))
    since = None if arguments.since is None else content(arguments.since)
    authorities = contents(arguments.authority)
    check_authorities(authorities)
    # One byte more than a pack can have is enough to refuse it.
    result = check_pack(
        _beginning(arguments.pack, MAX_ARCHIVE_BYTES + 1), policy=policy, since=since, authorities=authorities
    )
    if arguments.json:
        from lossproof.wire.output import to_json

        output.say(to_json(result))
    elif result.outcome is not Outcome.REFUSED:
        output.say(_report(result))
    if result.outcome is Outcome.REFUSED:
        return complain(_refusal(arguments.pack, result))
    return 0 if result.outcome is Outcome.VERIFIED else 1


def _beginning(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most_bytes)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def _report(result: PackResult) -> str:
    from lossproof.report.pack_text import render_pack

    width = min(100, os.get_terminal_size(1).columns) if sys.stdout.isatty() else 80
    return render_pack(result, width=width, unicode=(sys.stdout.encoding or "").lower().startswith("utf")).rstrip("\n")


def _refusal(path: Path, result: PackResult) -> VerificationError:
    from lossproof.report.pack_words import part

    return VerificationError(
        f"{path}: refused, {part(result)} does not hold ({result.part}): {result.message}",
        hint="believe nothing in it, and ask whoever gave it to you for another",
    )
