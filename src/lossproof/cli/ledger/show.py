"""`lossproof ledger show [DEVICE]`: a device's facts in order, or which devices and keys there are; exit status 0."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError
from lossproof.report.pack_words import grouped, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossproof.jobs.history import Event, History


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger show`."""
    parser.add_argument(
        "device",
        metavar="DEVICE",
        nargs="?",
        type=opening.text,
        help="a device's id, or an identifier that one device has",
    )
    parser.add_argument(
        "--as-known-at",
        metavar="TIME",
        help="leave out what became known later (RFC 3339, or a date: its first moment)",
    )
    opening.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger show`."""
    from lossproof.jobs import history
    from lossproof.jobs.enrolling import organisation_names
    from lossproof.jobs.overview import overview
    from lossproof.wire.output import line

    if arguments.device is None and arguments.as_known_at is not None:
        raise InputError("--as-known-at is about one device", hint="name the device")
    at = None if arguments.as_known_at is None else history.moment_of(arguments.as_known_at)
    with opening.open_for_reading(arguments) as ledger:
        behind = ledger.behind
        if arguments.device is None:
            shape = overview(ledger)
            output.say(line(shape) if arguments.json else "\n".join(_overview(shape)))
            return 0
        found = history.history(ledger, arguments.device, at)
        names = organisation_names(ledger)
    if behind and not arguments.json:
        output.warn(f"read-only: {behind}")
    output.say(line(history.shape(found)) if arguments.json else "\n".join(_lines(found, names)))
    return 0


def _overview(shape: dict[str, Any]) -> Iterator[str]:
    from lossproof.report.text import amount, printable

    yield f"origin {shape['origin']}"
    yield f"fingerprint of the log's key: {grouped(shape['log_key'])}"
    rest = shape["size"] - shape["covered"]
    yield f"{amount(shape['size'], 'leaf', 'leaves')}, " + (
        "all under a signed checkpoint" if not rest else f"the last {rest:,} of them not yet under a checkpoint"
    )
    if shape["read_only"]:
        yield f"READ-ONLY: {shape['read_only']}"
    names = {one["id"]: printable(one["name"] or one["relation"]) for one in shape["organisations"]}
    lines = {
        "organisations": [f"{one['id']}  {_called(one)}" for one in shape["organisations"]],
        "keys": [
            f"{one['fingerprint']}  {one['role']}  of {names.get(one['organisation'], one['organisation'])}"
            for one in shape["keys"]
        ],
        "recipients of lists of people": [one["recipient"] for one in shape["recipients"]],
        "devices": [f"{one['id']}  {one['kind']}{_goes_by(one['identifiers'])}" for one in shape["devices"]],
    }
    things = (shape["organisations"], shape["keys"], shape["recipients"], shape["devices"])
    for (title, texts), every in zip(lines.items(), things, strict=True):
        yield ""
        yield f"{title} ({len(texts):,})"
        for text, one in zip(texts, every, strict=True):
            gone = [f"  {key} by leaf {one[key]}" for key in ("ended", "compromised") if one.get(key) is not None]
            yield "  " + text + "".join(gone)


def _called(organisation: dict[str, Any]) -> str:
    from lossproof.report.text import printable

    name = organisation["name"]
    return f"{organisation['relation']}  {printable(name)}" if name else str(organisation["relation"])


def _goes_by(identifiers: list[dict[str, Any]]) -> str:
    from lossproof.report.text import printable

    return "".join(
        f"  {one['scheme'].replace('_', ' ')} {printable(one['value'])}" for one in identifiers if one["value"]
    )


def _lines(found: History, names: dict[str, str]) -> Iterator[str]:
    known = f", as known at {found.as_known_at}" if found.as_known_at else ""
    ended = f", ended by leaf {found.device.ended}" if found.device.ended is not None else ""
    yield f"device {found.device.subject} ({found.device.kind}){_goes_by(list(found.identifiers))}{ended}{known}"
    for event in found.events:
        yield ""
        yield from _event_lines(event, names.get(event.organisation))
    if not found.events:
        yield ""
        yield "nothing was known of it then"


def _event_lines(event: Event, name: str | None) -> Iterator[str]:
    from lossproof.report.fact_words import RELATIONS, for_whom, sentence
    from lossproof.report.text import moment, printable

    worth = f", {event.grade.value}" if event.grade else ""
    whose = ", ".join([*([printable(name)] if name else []), RELATIONS[event.relation]])
    said_for = for_whom(event.predicate, event.role)
    yield f"leaf {event.leaf}, known at {event.known_at}: {event.kind}{worth}"
    yield f"  {sentence(event.predicate)}"
    yield f"  {moment(event.true_at)}, by the {event.role.value} key {short(event.signer)} of {whose}{said_for}"
    if event.retracted_by is not None:
        yield f"  WITHDRAWN by leaf {event.retracted_by}"
    if event.key_compromised is not None:
        yield f"  IN DOUBT: leaf {event.key_compromised} says that this key may be in other hands"
    if event.raised:
        yield "  the clock had gone back: the time was raised to that of the leaf before"
