"""An asset list into the log: first a plan, row by row, that changes nothing; then the plan, carried out in batches.

A row is matched by its serial number and its asset tag alone, and nothing is guessed: an identifier that two rows share, that
another device has, or that differs from the one that the device has, is an error of its row, and costs no other row. A list
that was imported is known when it is imported again, so a run that was cut off is finished by another run. Who holds a device
is no matter of this: `each` is told of every row, in the same transaction, and states what it likes.
"""

from __future__ import annotations

import gc
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, TypeVar

from lossproof.jobs.enrolling import organisation_names
from lossproof.jobs.stating import about, organisation_of, require_signer
from lossproof.ledger.admission import may_register
from lossproof.ledger.called import Called, called
from lossproof.ledger.erasable import keep_all
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.receipts import Receipt
from lossproof.ledger.registered import RegisteredDevice
from lossproof.ledger.store import Ledger, moment
from lossproof.model.fact import Statement
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)
from lossproof.wire.asset_list import AssetRow, Mapping, asset_rows, guess_mapping
from lossproof.wire.table import Table

ROWS_AT_ONCE = 6000
"""Rows of one transaction, which holds the write lock for one to three seconds: what is done again where a run is cut off. Random ids
touch a page of each index for every row, so that with 2,000 twice as much is written to the disk."""

_Thing = TypeVar("_Thing")
Progress = Callable[[int, int], None]
Each = Callable[[Writer, str, AssetRow], None]


class Status(StrEnum):
    """What importing a row does, or did."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"
    ERROR = "error"


_WRITTEN = frozenset({Status.NEW, Status.CHANGED})
_WORDS = {IdentifierScheme.SERIAL: "serial number", IdentifierScheme.ASSET_TAG: "asset tag"}
_ANOTHERS = "a device of another organisation goes by this: if it is that one, name its organisation in the row"
_SHARED = "another row of the list has the same asset tag or serial number"


class Step(NamedTuple):
    """One row with what is to be done. `device` is the id that it is known by, or was given; `organisation` an id; `reason` says
    in plain words what is wrong or what changes, without a value of the row."""

    row: AssetRow
    status: Status
    device: str | None
    organisation: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an import would do, or has done, with each row, in the order of the list."""

    mapping: Mapping
    steps: tuple[Step, ...]

    def counts(self) -> dict[Status, int]:
        """How many rows have each status."""
        found = Counter(step.status for step in self.steps)
        return {status: found[status] for status in Status}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The plan as it was carried out, and the receipt of the last fact, where there was one."""

    plan: Plan
    receipt: Receipt | None


def plan(
    ledger: Ledger,
    table: Table,
    mapping: Mapping | None = None,
    *,
    signer: PrivateKey | None = None,
    progress: Progress | None = None,
) -> Plan:
    """What importing `table` would do; changes nothing. Without a `mapping` it is guessed; with `signer` it is also said what
    that key may not do. Raises `FormatError` where no mapping can be guessed, `InputError` where the mapping is of another table.
    """
    mapping = mapping or guess_mapping(table)
    rows = list(asset_rows(table, mapping))
    rows = _without_shared(rows)
    judge = _Judge(ledger, signer)
    steps: list[Step] = []
    for batch in _batches(rows):
        steps += judge.steps(batch)
        if progress is not None:
            progress(len(steps), len(rows))
    return Plan(mapping=mapping, steps=tuple(steps))


def carry_out(
    ledger: Ledger,
    signer: PrivateKey,
    planned: Plan,
    *,
    each: Each | None = None,
    after: Callable[[Writer], None] | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Do what was planned, 6,000 rows a transaction, each row looked at again under the write lock; errors are left out.

    `each` is called for every row without error, known ones too, once its device is registered, with the writer, the device's id
    and the row; `after` at the end of each transaction, for what must be in step with the log. Raises `PolicyError` where the key
    may not register devices; and what `write`, `each` or `after` raises: the batches before stay, and the next run goes on there.
    """
    require_signer(ledger, signer, Registration.DEVICE_SIGNERS, Registration.KIND)
    done = list(planned.steps)
    wanted = _WRITTEN | ({Status.KNOWN} if each is not None else set())
    places = [place for place, step in enumerate(done) if step.status in wanted]
    receipt = None
    # The plan is a million objects that stay: garbage is looked for among those that come after it.
    gc.freeze()
    try:
        for batch in _batches(places):
            with ledger.write() as writer:
                steps = _Judge(ledger, signer).steps([done[place].row for place in batch])
                steps = _registered(ledger, writer, signer, steps)
                for step in steps if each is not None else ():
                    if each is not None and step.device is not None and step.status is not Status.ERROR:
                        each(writer, step.device, step.row)
                if after is not None:
                    after(writer)
            receipt = writer.receipts[-1] if writer.receipts else receipt
            for place, step in zip(batch, steps, strict=True):
                done[place] = step
            if progress is not None:
                progress(batch[-1] + 1, len(done))
    finally:
        gc.unfreeze()
    return Imported(plan=replace(planned, steps=tuple(done)), receipt=receipt)


def error_rows(planned: Plan, table: Table) -> Iterator[list[str]]:
    """The rows with errors as they stood in the table, each with its reason behind it; their heading is `error_headings`."""
    width = len(table.headings)
    for step in planned.steps:
        if step.status is Status.ERROR:
            cells = table.rows[step.row.number - table.first]
            yield [*cells[:width], *[""] * (width - len(cells)), step.reason]


def error_headings(table: Table) -> list[str]:
    """The table's headings and one for the reason, which an import of the corrected file leaves out of account."""
    return [*table.headings, "What is wrong"]


def _batches(things: Sequence[_Thing]) -> Iterator[Sequence[_Thing]]:
    return (things[start : start + ROWS_AT_ONCE] for start in range(0, len(things), ROWS_AT_ONCE))


def _without_shared(rows: list[AssetRow]) -> list[AssetRow]:
    """The rows, those marked as wrong that share an identifier with another row."""
    counts = Counter(value for row in rows for value in {row.asset_tag, row.serial} - {None})
    return [
        row._replace(wrong=_SHARED)
        if row.wrong is None and any(counts[value] > 1 for value in (row.asset_tag, row.serial) if value is not None)
        else row
        for row in rows
    ]


class _Judge:
    """Says what importing a row would do, by what stands in the ledger now."""

    def __init__(self, ledger: Ledger, signer: PrivateKey | None) -> None:
        self._ledger = ledger
        self._projection = ledger.projection
        self._key = None if signer is None else self._projection.key(signer.keyid)
        self._home = None if signer is None else organisation_of(self._projection, signer)
        self._organisations = self._named()
        self._may: dict[tuple[str, str | None], bool] = {}

    def steps(self, rows: Sequence[AssetRow]) -> list[Step]:
        """A step for each row."""
        found = called(self._ledger, [value for row in rows for value in (row.serial, row.asset_tag) if value])
        return [self._step(row, found) for row in rows]

    def _named(self) -> dict[str, str | None]:
        """The ids of the organisations by id and by name; None for a name that several have."""
        named: dict[str, str | None] = {}
        names = organisation_names(self._ledger)
        for one in self._projection.organisations():
            if one.ended is None:
                name = names.get(one.subject)
                named[one.subject] = one.subject
                if name is not None:
                    named[name] = None if name in named else one.subject
        return named

    def _step(self, row: AssetRow, found: dict[str, tuple[Called, ...]]) -> Step:
        if row.wrong is not None:
            return _wrong(row, row.wrong)
        organisation = self._home
        if row.organisation is not None:
            organisation = self._organisations.get(row.organisation)
            if organisation is None:
                return _wrong(row, "the ledger knows no such organisation, or several: register it, or give its id")
        given = ((IdentifierScheme.SERIAL, row.serial), (IdentifierScheme.ASSET_TAG, row.asset_tag))
        hits = [(scheme, one) for scheme, value in given if value is not None for one in found.get(value, ())]
        devices = {one.device: one for scheme, one in hits if one.scheme is scheme}
        if {one.device for _, one in hits} - devices.keys():
            return _wrong(row, "another device has this serial number as its asset tag, or the other way round")
        if len(devices) > 1:
            return _wrong(row, "the serial number and the asset tag are of different devices, or of several")
        if not devices:
            if organisation is not None and not self._may_register(organisation, None):
                return _wrong(row, "the key that signs may not register devices of this organisation")
            return Step(row, Status.NEW, None, organisation, "")
        (device,) = devices.values()
        if row.organisation is None and self._home not in (None, device.organisation):
            # A contractor may have given a device of its own the next free asset tag of ours.
            return _wrong(row, _ANOTHERS)
        known = {one.scheme for scheme, one in hits if one.scheme is scheme}
        missing = [scheme for scheme, value in given if value is not None and scheme not in known]
        return self._changes(
            row, device, missing, organisation if row.organisation is not None else device.organisation
        )

    def _changes(
        self, row: AssetRow, device: Called, missing: list[IdentifierScheme], organisation: str | None
    ) -> Step:
        """What is new of a device that is known, or what contradicts what is known."""
        if missing:
            before = self._projection.device(device.device)
            has = {scheme for scheme, _ in before.identifiers} if before is not None else set()
            if any(scheme in has for scheme in missing):
                return _wrong(row, f"the device has another {_WORDS[missing[0]]} in the ledger")
        changed = [f"its {_WORDS[scheme]} is new" for scheme in missing]
        if row.kind is not None and row.kind != device.kind:
            changed.append("its kind is another")
        if organisation != device.organisation:
            changed.append("its organisation is another")
        if not changed:
            return Step(row, Status.KNOWN, device.device, device.organisation, "")
        if organisation is not None and not self._may_register(organisation, device):
            return _wrong(row, "the key that signs may not change this device")
        return Step(row, Status.CHANGED, device.device, organisation, ", ".join(changed))

    def _may_register(self, organisation: str, device: Called | None) -> bool:
        if self._key is None:
            return True
        asked = (organisation, device.organisation if device is not None else None)
        if asked not in self._may:
            before = None if device is None else self._projection.device(device.device)
            self._may[asked] = may_register(self._projection, self._key, organisation, before)
        return self._may[asked]


def _wrong(row: AssetRow, reason: str) -> Step:
    return Step(row, Status.ERROR, None, None, reason)


def _registered(ledger: Ledger, writer: Writer, signer: PrivateKey, steps: list[Step]) -> list[Step]:
    """The steps with the ids of the devices that were registered now."""
    at = moment(ledger.publisher.clock)
    home = organisation_of(writer.projection, signer)
    before: dict[str | None, RegisteredDevice] = {
        step.device: writer.projection.find_device(step.device)
        for step in steps
        if step.status is Status.CHANGED and step.device is not None
    }
    fresh = [_fresh(step, before.get(step.device)) if step.status in _WRITTEN else [] for step in steps]
    digests = iter(keep_all(ledger.database, [(scheme.value, value) for some in fresh for scheme, value in some]))
    facts: list[Statement] = []
    done: list[Step] = []
    for step, some in zip(steps, fresh, strict=True):
        kept = tuple(DeviceIdentifier(scheme=scheme, digest=next(digests)) for scheme, _ in some)
        if step.status in _WRITTEN:
            known = before.get(step.device)
            subject = secrets.token_hex(16) if known is None else known.subject
            action = Action.CREATED if known is None else Action.CHANGED
            thing = _device(step, known, kept, home)
            facts.append(about(subject, Registration(true_at=at, action=action, device=thing)))
            step = step._replace(device=subject)  # noqa: PLW2901  the same step, done
        done.append(step)
    writer.state_many(signer, facts)
    return done


def _fresh(step: Step, known: RegisteredDevice | None) -> list[tuple[IdentifierScheme, str]]:
    """The identifiers of a row that its device has not yet."""
    has = {scheme for scheme, _ in known.identifiers} if known is not None else set()
    given = ((IdentifierScheme.SERIAL, step.row.serial), (IdentifierScheme.ASSET_TAG, step.row.asset_tag))
    return [(scheme, value) for scheme, value in given if value is not None and scheme not in has]


def _device(step: Step, known: RegisteredDevice | None, kept: tuple[DeviceIdentifier, ...], home: str) -> Device:
    """The device as it is from now on."""
    if known is None:
        kind = step.row.kind or DeviceKind.OTHER
        return Device(kind=kind, organisation=step.organisation or home, identifiers=kept)
    had = tuple(DeviceIdentifier(scheme=IdentifierScheme(one), digest=digest) for one, digest in known.identifiers)
    kind = step.row.kind or DeviceKind(known.kind)
    return Device(kind=kind, organisation=step.organisation or known.organisation, identifiers=(*had, *kept))
