"""The queue to the register: the oldest first, many looks a request, and nothing is taken out of it before its receipt is kept.

Whatever is killed whenever, the same is sent again and the register says `known`. A look that the register refuses in part or whole
is put aside with its reasons; the rest goes on.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from lossproof.agent.client import Client
from lossproof.agent.queue import Queue, Waiting
from lossproof.agent.state import State
from lossproof.errors import FormatError, InputError
from lossproof.wire.checkin import MOST_BODY_BYTES, MOST_FACTS, Enrolment, FactsRequest, OutcomeGiven

_ROOM_BYTES = MOST_BODY_BYTES - (64 << 10)
_LONGEST_SECONDS = 3600.0
_SENDING = "sending"

Look = tuple[int, Waiting]


@dataclass(slots=True)
class Sent:
    """What one flush did: outcomes by the number of the look, how many looks wait still, and why, empty where nothing does; why
    looks were refused, the devices that are gone from the register, and to whom it says that lists of people are sealed now."""

    outcomes: dict[int, list[OutcomeGiven]] = field(default_factory=dict)
    left: int = 0
    why: str = ""
    refused: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    recipients: list[str | None] = field(default_factory=list)

    @property
    def facts(self) -> int:
        """How many facts the register has now that were sent."""
        return sum(one.status != "refused" for outcomes in self.outcomes.values() for one in outcomes)


def flush(state: State, client: Client, enrolment: Enrolment) -> Sent:
    """Send what waits. Where the register cannot be reached `why` says so, and nothing is lost; where another program is sending
    already, so too. Raises `StoreError` where the state folder cannot be used, `VerificationError` where the answer is not of the
    log of the enrolment."""
    queue, sent = Queue(state), Sent()
    with state.locked(_SENDING, wait=False) as mine:
        if not mine:
            sent.left, sent.why = len(queue.numbers()), "another program is sending already"
            return sent
        with state.locked():
            queue.known()
            numbers = queue.numbers()
        try:
            for looks in _requests(queue, numbers):
                _send(queue, client, enrolment, looks, sent)
                _forget(state, sent)
        except InputError as error:
            sent.why = str(error)
    sent.left = len(queue.numbers())
    return sent


def _forget(state: State, sent: Sent) -> None:
    """Know the devices no longer that the register does not: what turns up again is registered as another."""
    if sent.gone:
        with state.locked():
            for device in sent.gone:
                state.forget(device)
        sent.gone.clear()


def _requests(queue: Queue, numbers: list[int]) -> Iterator[list[Look]]:
    """What waits, in pieces that fit into one request."""
    piece: list[Look] = []
    facts = size = 0
    for number in numbers:
        waiting = queue.read(number)
        if waiting is None:
            continue
        length = _length(waiting)
        if piece and (facts + len(waiting.facts) > MOST_FACTS or size + length > _ROOM_BYTES):
            yield piece
            piece, facts, size = [], 0, 0
        piece.append((number, waiting))
        facts += len(waiting.facts)
        size += length
    if piece:
        yield piece


def _length(waiting: Waiting) -> int:
    """At most so many bytes of JSON."""
    raw = [*waiting.facts, *waiting.manifests]
    return sum(len(one) * 4 // 3 + 8 for one in raw) + 6 * sum(len(one.value) + 200 for one in waiting.values)


def _send(queue: Queue, client: Client, enrolment: Enrolment, looks: list[Look], sent: Sent) -> None:
    request = FactsRequest(
        facts=[fact for _, one in looks for fact in one.facts],
        values=[value for _, one in looks for value in one.values],
        manifests=[manifest for _, one in looks for manifest in one.manifests],
    )
    try:
        answer = client.send(request, enrolment)
    except FormatError as error:
        if len(looks) > 1:
            # One of them makes the request a bad one: which, only each alone can say.
            for look in looks:
                _send(queue, client, enrolment, [look], sent)
            return
        number, waiting = looks[0]
        queue.refused(number, waiting, (), str(error))
        sent.outcomes[number] = []
        sent.refused.append(str(error))
        return
    sent.recipients.append(answer.recipient)
    outcomes = iter(answer.outcomes)
    for number, waiting in looks:
        given = [next(outcomes) for _ in waiting.facts]
        sent.outcomes[number] = given
        reasons = [one.error.message for one in given if one.error is not None]
        if reasons:
            queue.refused(number, waiting, given)
            if any(one.error.code == InputError.code for one in given if one.error is not None):
                sent.gone.add(waiting.device)
            sent.refused += reasons
        else:
            queue.done(number, given)


def pause_seconds(failures: int) -> float:
    """How long to wait after so many failures in a row: a minute, doubled each time up to an hour, spread so that many agents that
    lost the register together do not come back together."""
    longest = min(_LONGEST_SECONDS, 60.0 * 2 ** min(failures - 1, 16))
    return float(longest * random.uniform(0.5, 1.0))  # noqa: S311  no secret
