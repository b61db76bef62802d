"""`--report-to URL`: what was seen goes to a register elsewhere, now or when it can be reached."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.cli import output
from lossproof.cli.recording import Record, counts_alone

if TYPE_CHECKING:
    from lossproof.agent.reporter import Reported

_PATIENCE_SECONDS = 20.0
"""How long a person who waits for the answer is kept waiting for the register."""


def reporter(arguments: argparse.Namespace, medium: str | os.PathLike[str] | None, *, folder: bool) -> Record:
    """A function that reports a look. The key is unlocked, and the device looked for, before `medium` is read."""
    from lossproof.agent.media import kind_of
    from lossproof.agent.reporter import default_state, open_desk
    from lossproof.agent.state import State
    from lossproof.cli.ledger.opening import passphrase
    from lossproof.jobs.inspection import inspect_target
    from lossproof.model.facts.registration import DeviceKind

    file = None if arguments.key_passphrase_file is None else Path(arguments.key_passphrase_file)
    desk = open_desk(
        State(default_state() if arguments.state is None else Path(arguments.state)),
        lambda: passphrase(file, "the reporter's key", "--key-passphrase-file"),
        url=arguments.report_to,
        manifest_to=getattr(arguments, "manifest_to", None),
        counts_alone=counts_alone(arguments),
        timeout_seconds=_PATIENCE_SECONDS,
    )
    if folder or medium is not None or arguments.device is not None:
        desk.require_device(arguments.device, None if medium is None else inspect_target(medium))
    kind = DeviceKind.OTHER if medium is None else kind_of(Path(medium))
    return lambda look: desk.report_now(look, device=arguments.device, kind=kind)


def say_reported(done: Reported) -> None:
    """Say what `--report-to` did, below the report."""
    from lossproof.cli.ledger.said import KNOWN_BY, NOTES
    from lossproof.report.text import printable

    output.say(f"Device {done.device}" + (", registered just now" if done.registered else KNOWN_BY[done.known_by]))
    for note in done.notes:
        if note in NOTES:
            output.say(f"note: {NOTES[note]}")
    if "holding" in done.facts:
        output.say(_list_said(done))
    if done.status == "queued":
        output.say(f"queued: {printable(done.why)}; it is sent with the next run")
        return
    if done.status == "refused":
        return
    receipts = [one.receipt for one in done.outcomes if one.receipt is not None]
    leaves = ", ".join(
        f"{leaf} ({kind})" for kind, one in zip(done.facts, receipts, strict=True) for leaf in one.leaves
    )
    output.say(f"the register recorded it as leaves {leaves}, known at {receipts[-1].known_at}")
    if all(one.status == "durable" for one in receipts):
        output.say(f"covered by the signed checkpoint of {max(one.checkpoint_size or 0 for one in receipts):,} leaves")
    else:
        output.say("pending: no checkpoint covers it yet")


def _list_said(done: Reported) -> str:
    if done.sealed_to is not None:
        return f"the list of people is sealed to {done.sealed_to}"
    if done.list_left_out:
        return (
            "counts alone are sent: the list of people is too long for that, so record it with --record at the register"
        )
    return "counts alone are sent"
