"""What people ask of IT about a device, into the log: encrypt it, or this one does not encrypt. Each has a clock, and an answer.

A report that a device does not encrypt also closes the issue gate to every check before it (`jobs.sights`).
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from lossproof.errors import InputError
from lossproof.jobs.states import known_of
from lossproof.jobs.stating import Speaker, require_person, signed
from lossproof.ledger.log import Writer
from lossproof.ledger.store import moment
from lossproof.model import vocabulary
from lossproof.model.facts.request import Ask, Request
from lossproof.wire.facts import subject_of

DUE = {Ask.ENCRYPT: timedelta(days=7), Ask.DOES_NOT_ENCRYPT: timedelta(days=2)}
"""How long IT has for an answer."""


def ask(writer: Writer, speaker: Speaker, device: str, wanted: Ask) -> str:
    """Ask something for a device; the request's random id. Raises `InputError` where the device is not registered."""
    request = secrets.token_hex(16)
    due_at = moment(lambda: writer.clock() + DUE[wanted])
    _append(writer, speaker, device, request, wanted, due_at, None)
    return request


def answer(writer: Writer, speaker: Speaker, device: str, request: str, outcome: str) -> None:
    """Answer a request by one of `vocabulary.OUTCOMES`. Raises `InputError` where it was not made, or is answered already."""
    if outcome not in vocabulary.OUTCOMES:
        raise InputError("this is not an answer to a request")
    said = [
        one.predicate
        for one in known_of(writer.reader, device).standing()
        if isinstance(one.predicate, Request) and one.predicate.request == request
    ]
    if not said:
        raise InputError("nobody has made this request for this device")
    if any(one.outcome for one in said):
        raise InputError("this request is answered already")
    _append(writer, speaker, device, request, said[0].ask, said[0].due_at, outcome)


def _append(
    writer: Writer, speaker: Speaker, device: str, request: str, wanted: Ask, due_at: str, outcome: str | None
) -> None:
    if speaker.by is not None:
        require_person(writer.projection, speaker.by)
    fact = Request(
        true_at=moment(writer.clock),
        request=request,
        ask=wanted,
        by=speaker.by,
        authenticated=speaker.authenticated,
        due_at=due_at,
        outcome=outcome,
    )
    writer.append(signed(speaker.key, fact, subject_of(device)))
