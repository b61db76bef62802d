"""`lossproof ledger pack DEVICE --out FILE`: exit status 0. The format is docs/reference/evidence-pack.md."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from lossproof import __version__
from lossproof.cli import output
from lossproof.cli.ledger import opening


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger pack`."""
    parser.add_argument(
        "device", metavar="DEVICE", type=opening.text, help="a device's id, or an identifier that one device has"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="where to write the pack")
    parser.add_argument(
        "--since",
        metavar="CHECKPOINT",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint that the reader holds, so that they can compare (the newest ones are always in it)",
    )
    opening.add_store(parser)
    opening.add_passphrase(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger pack`."""
    from lossproof.cli.ledger.files import content
    from lossproof.ledger.checkpoint import parse_checkpoint
    from lossproof.ledger.note import parse_note
    from lossproof.ledger.pack import Making, pack_device
    from lossproof.ledger.suggested import policy_of, quorum_holds
    from lossproof.report.evidence_page import page

    output.refuse_unwritable(arguments.out)
    since = tuple(parse_checkpoint(parse_note(content(path)).text).size for path in arguments.since)
    with opening.open_for_reading(arguments) as ledger:
        device = ledger.projection.find_device(arguments.device).subject
    ledger, log_key = opening.open_with_log_key(arguments)
    with ledger:
        making = Making(
            log_key=log_key,
            policy=policy_of(ledger),
            page=page,
            made_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            tool=f"lossproof {__version__}",
            since=since,
        )
        made = pack_device(ledger, device, making)
        newest = ledger.reader.newest_checkpoint()
        witnessed = newest is not None and quorum_holds(ledger, newest.size)
    output.write_bytes_whole(arguments.out, made)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({"pack": str(arguments.out), "device": device, "size_bytes": len(made)}))
    else:
        output.say(f"wrote {arguments.out}: {len(made):,} bytes about device {device}")
        output.say(f"its reader checks it with: lossproof verify {arguments.out.name} --trust POLICY")
        output.say("and has POLICY (the output of `lossproof ledger trust`) by another channel than the pack")
    if not witnessed:
        output.warn("the witnesses have not cosigned this checkpoint, so a verifier with their quorum refuses the pack")
        output.warn("hint: run `lossproof ledger checkpoint`, then make the pack again")
    return 0
