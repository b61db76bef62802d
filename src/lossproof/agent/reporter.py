"""Who reports from this machine: enrolled once with a code, then one look after another into the queue, and the queue to the register."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import msgspec

from lossproof.agent.client import TIMEOUT_SECONDS, Client
from lossproof.agent.queue import Queue
from lossproof.agent.sending import Sent, flush
from lossproof.agent.state import Place, State
from lossproof.errors import InputError, PolicyError
from lossproof.jobs.recording import Look, Note
from lossproof.jobs.reporting import Report, Reporter, report, which_medium
from lossproof.ledger.keys import PrivateKey, Secret
from lossproof.ledger.manifest import recipient_fingerprint
from lossproof.ledger.recognition import marks_of
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.volume import Inspection
from lossproof.wire.checkin import Enrolment, OutcomeGiven

SYSTEM_STATE = Path("/var/lib/lossproof-agent")
"""Where the agent of a machine keeps its state: what systemd's `StateDirectory` makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What `--report-to` did, as `jobs.recording.Recorded` says it. `status` is `sent` where the register has every fact, `queued`
    where it could not be reached (`why`), `refused` where it did not take all. `outcomes` are in the order of `facts`."""

    device: str
    registered: bool
    known_by: str | None
    notes: tuple[Note, ...]
    sealed_to: str | None
    list_left_out: bool
    facts: tuple[str, ...]
    status: Literal["sent", "queued", "refused"]
    why: str
    outcomes: tuple[OutcomeGiven, ...]

    def shape(self) -> dict[str, Any]:
        """As `--json` prints it, under `reported`."""
        shape = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**shape, "outcomes": msgspec.to_builtins(self.outcomes)}


def default_state() -> Path:
    """The state folder of whoever asks: the machine's for root, else one of the user's own (XDG Base Directory)."""
    if os.geteuid() == 0:
        return SYSTEM_STATE
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "state") / "lossproof"


def enrol(state: State, url: str, code: str, passphrase: Secret | None) -> Enrolment:
    """Make a key, have the register at `url` enrol it with a one-time code, and remember where. The key never leaves the folder.

    What is killed in between is done again with the same code: the key is kept, and the register knows it. Raises `InputError`
    where a reporter is enrolled in the folder already or the register cannot be reached, `PolicyError` where it refuses.
    """
    client = Client(url)
    state.begin()
    with state.locked():
        key = state.make_key(passphrase)
        enrolment = client.enrol(code, key)
        state.enrolled(Place(url=client.url, enrolment=enrolment))
    return enrolment


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An enrolled reporter at work."""

    state: State
    key: PrivateKey
    client: Client
    counts_alone: bool

    def require_device(self, device: str | None, inspection: Inspection | None) -> None:
        """Return if it is clear which device is meant, as far as can be told before the work. Raises as `report`."""
        with self.state.locked():
            known = Queue(self.state).known()
        which_medium(known.media, None if inspection is None else marks_of(inspection), device)

    def report(
        self, look: Look, *, device: str | None = None, kind: DeviceKind = DeviceKind.OTHER
    ) -> tuple[int, Report]:
        """Sign what was seen and keep it to be sent; its number in the queue. On the disk when it returns."""
        enrolment = self.state.place().enrolment
        recipient = None if self.counts_alone else enrolment.recipient
        reporter = Reporter(key=self.key, organisation=enrolment.organisation, recipient=recipient)
        queue = Queue(self.state)
        with self.state.locked():
            known = queue.known()
            made = report(reporter, look, known.media, device=device, kind=kind)
            return queue.put(made, known), made

    def report_now(self, look: Look, *, device: str | None = None, kind: DeviceKind = DeviceKind.OTHER) -> Reported:
        """`report`, then send it and whatever else waits. Raises as both; what could not be sent is kept."""
        number, made = self.report(look, device=device, kind=kind)
        sent = self.flush()
        outcomes = tuple(sent.outcomes.get(number, ()))
        status: Literal["sent", "queued", "refused"] = "queued"
        why = sent.why
        if number in sent.outcomes:
            reasons = [one.error.message for one in outcomes if one.error is not None]
            status = "refused" if reasons or not outcomes else "sent"
            why = (reasons or sent.refused or [""])[0] if status == "refused" else ""
        return Reported(
            device=made.device,
            registered=made.registered,
            known_by=made.known_by,
            notes=made.notes,
            sealed_to=made.sealed_to,
            list_left_out=made.list_left_out,
            facts=made.facts,
            status=status,
            why=why,
            outcomes=outcomes,
        )

    def flush(self) -> Sent:
        """Send what waits. Where the register names another recipient for lists of people than before, that is remembered."""
        place = self.state.place()
        sent = flush(self.state, self.client, place.enrolment)
        if sent.recipients and sent.recipients[-1] != place.enrolment.recipient:
            enrolment = msgspec.structs.replace(place.enrolment, recipient=sent.recipients[-1])
            self.state.enrolled(Place(url=place.url, enrolment=enrolment))
        return sent


def open_desk(
    state: State,
    passphrase: Callable[[], Secret],
    *,
    url: str | None = None,
    manifest_to: str | None = None,
    counts_alone: bool = False,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Desk:
    """The reporter of a state folder. `url` is the register that is meant, None for whichever it is.

    Raises `InputError` where none is enrolled there, or with another register; `PolicyError` for a manifest recipient that the
    register has not said that it enrolled.
    """
    state.require()
    place = state.place()
    if url is not None and Client(url).url != place.url:
        raise InputError(
            f"this machine reports to {place.url}", hint="give that address, or another folder with --state"
        )
    if manifest_to is not None:
        recipient_fingerprint(manifest_to)
        if manifest_to != place.enrolment.recipient:
            raise PolicyError(
                "the controller has not enrolled this manifest recipient",
                hint="leave --manifest-to out, or send counts alone: --counts-alone",
            )
    return Desk(
        state=state,
        key=state.key(passphrase),
        client=Client(place.url, timeout_seconds=timeout_seconds),
        counts_alone=counts_alone,
    )
