"""`lossproof ledger standing DEVICE`: what the rules say of a device, at any time, as known at any time. Exit status 0 where it keeps
every rule, 1 where it does not."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossproof.ledger.store import Ledger
    from lossproof.model.standing import Verdict

_MOST_BYTES = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger standing`."""
    parser.add_argument(
        "device", metavar="DEVICE", type=opening.text, help="a device's id, or an identifier that one device has"
    )
    parser.add_argument(
        "--at", metavar="TIME", help="how it stood then (RFC 3339, or a date: its first moment; default: now)"
    )
    parser.add_argument("--as-known-at", metavar="TIME", help="leave out what became known later")
    parser.add_argument(
        "--rules", metavar="FILE", type=Path, help="by the rules in this TOML file (default: those that held then)"
    )
    opening.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger standing`."""
    from lossproof.jobs.history import known_leaves, moment_of
    from lossproof.jobs.states import device_state, seconds_of
    from lossproof.policy.decide import decide
    from lossproof.policy.rules import compile_rules, parse_rules

    known_at = None if arguments.as_known_at is None else moment_of(arguments.as_known_at)
    own = None if arguments.rules is None else _read(arguments.rules)
    with opening.open_for_reading(arguments) as ledger, ledger.database.snapshot():
        reader, projection = ledger.reader, ledger.projection
        at = int(ledger.publisher.clock().timestamp()) if arguments.at is None else seconds_of(moment_of(arguments.at))
        text = own or _in_force(ledger, at, known_leaves(reader, known_at))
        device = projection.find_device(arguments.device).subject
        verdict = decide(compile_rules(parse_rules(text)), device_state(reader, projection, device, at, known_at), at)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line(_shape(device, at, known_at, text, verdict)))
    else:
        output.say("\n".join(_lines(device, at, known_at, verdict)))
    return 0 if verdict.compliant else 1


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", hint="name a file of rules") from None
    if len(text) > _MOST_BYTES:
        raise InputError(f"{path}: too long for a file of rules")
    return text


def _in_force(ledger: Ledger, at: int, size: int) -> bytes:
    """The text of the rules that held then, as known then: those that a register adopted, else the shipped ones."""
    from lossproof.policy.rules import shipped_text
    from lossproof.register.projection import kept_rules, rules_in_force
    from lossproof.register.projection.schema import has_tables

    if not has_tables(ledger.database):
        return shipped_text()
    return kept_rules(ledger.database, rules_in_force(ledger.database, at, size).digest)


def _shape(device: str, at: int, known_at: str | None, text: bytes, verdict: Verdict) -> dict[str, Any]:
    from hashlib import sha256

    return {
        "device": device,
        "at": _moment(at),
        "as_known_at": known_at,
        "rules": sha256(text).hexdigest(),
        "standing": verdict.standing.value,
        "compliant": verdict.compliant,
        "reasons": [one._asdict() for one in verdict.reasons],
        "relied_on": list(verdict.relied_on),
        "valid_until": None if verdict.valid_until is None else _moment(verdict.valid_until),
        "stops": sorted(verdict.stops),
    }


def _lines(device: str, at: int, known_at: str | None, verdict: Verdict) -> Iterator[str]:
    known = f", as known at {known_at}" if known_at else ""
    yield f"device {device} at {_moment(at)}{known}: {verdict.standing.value.replace('_', ' ').upper()}"
    yield "it keeps every rule" if verdict.compliant else "it does not keep every rule"
    for one in verdict.reasons:
        yield f"  {one.text}" + (f" ({one.rule})" if one.rule else "")
    if verdict.relied_on:
        yield f"this rests on {'leaf' if len(verdict.relied_on) == 1 else 'leaves'} {', '.join(map(str, verdict.relied_on))}"
    if verdict.valid_until is not None:
        yield f"with nothing new it can change at {_moment(verdict.valid_until)}"
    if verdict.stops:
        yield "stopped: " + ", ".join(
            "being handed over" if one == "handover" else one for one in sorted(verdict.stops)
        )


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
