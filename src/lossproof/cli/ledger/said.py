"""What the actions say when facts have been appended: the receipt, for a person or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lossproof.cli import output
from lossproof.report.pack_words import grouped

if TYPE_CHECKING:
    from lossproof.jobs.recording import Recorded
    from lossproof.ledger.receipts import Receipt

KNOWN_BY = {
    None: "",
    "named": "",
    "serial": ", known by its serial number",
    "header_sha256": ", known by its headers",
    "volume_uuid": ", known by a volume on it",
}
"""What a device was known by, in words."""
NOTES = {
    "untold": "nothing on it tells it from another: next time give this id with --device, or it is registered again",
    "reformatted": "none of the volumes that it had are on it: it was reformatted, or another one has its serial number",
    "serial_new": "the device that you named had another serial number before",
    "unchanged": "it has identifiers now that your key may not register: this device is not of your organisation",
}
"""What whoever records should know about the device, by `Note`."""


def shaped(given: Iterable[Receipt]) -> list[dict[str, Any]]:
    """Receipts as `--json` prints them."""
    return [asdict(one) for one in given]


def receipts(given: Iterable[Receipt], *, as_json: bool, **more: Any) -> None:
    """Say that facts are in the log; `more` are fields that stand beside the receipts."""
    every = list(given)
    if as_json:
        from lossproof.wire.output import line

        output.say(line({**more, "receipts": shaped(every)}))
        return
    from lossproof.report.text import printable

    for name, value in more.items():
        shown = grouped(value) if name == "fingerprint" else str(value)
        output.say(f"{name.replace('_', ' ')}: {printable(shown)}")
    _say_receipts(every)


def _say_receipts(every: Sequence[Receipt], kinds: Sequence[str] = ()) -> None:
    """The leaves, when they were known, and whether a checkpoint covers them: all of one command stand in one transaction."""
    if not every:
        return
    from lossproof.report.text import joined

    leaves = [
        f"{index} ({kinds[place]})" if place < len(kinds) else str(index)
        for place, one in enumerate(every)
        for index in one.leaves
    ]
    output.say(
        f"recorded as {'leaf' if len(leaves) == 1 else 'leaves'} {joined(leaves)}, known at {every[-1].known_at}"
    )
    if any(one.raised for one in every):
        output.say("the clock had gone back: the time was raised to that of the leaf before")
    if all(one.status == "durable" for one in every):
        output.say(f"covered by the signed checkpoint of {every[-1].checkpoint_size:,} leaves")
    else:
        output.say(
            "pending: no checkpoint covers it until somebody who has the log's key runs `lossproof ledger checkpoint`"
        )


def say_recorded(done: Recorded) -> None:
    """Say what `--record` did, below the report."""
    from lossproof.report.text import amount, joined

    output.say(f"Device {done.device}" + (", registered just now" if done.registered else KNOWN_BY[done.known_by]))
    for note in done.notes:
        if note in NOTES:
            output.say(f"note: {NOTES[note]}")
    if done.also:
        shown = joined([*done.also[:3], *([amount(len(done.also) - 3, "more")] if len(done.also) > 3 else [])])
        output.say(f"note: other devices have the same volumes or serial number: {shown}")
    if "holding" in done.facts:
        output.say(
            "counts alone are kept: no recipient for lists of people is enrolled"
            if done.sealed_to is None
            else f"the list of people is sealed to {done.sealed_to}"
        )
    _say_receipts(done.receipts, done.facts)
