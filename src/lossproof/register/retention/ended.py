"""Devices and organisations that have ended in the register, and of which something was not erased yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from lossproof.jobs.erasing import erase_device
from lossproof.ledger.store import Ledger
from lossproof.register.retention.held import asked_after, leaves_known_by
from lossproof.register.retention.kind import Ground, Kind
from lossproof.register.retention.models import Erasure


def of_devices(name: str, what: str, *, names: bool = False, lists: bool = False) -> Kind:
    """The kind of what is kept of devices that have ended, and that nobody asks after: their names, or their sealed lists."""

    def due(ledger: Ledger, before: datetime, most: int) -> list[str]:
        held = asked_after(ledger)
        return [one for one in ended(ledger, "ledger_device", name, before) if one not in held][:most]

    def erase(ledger: Ledger, keys: Sequence[str], ground: Ground) -> None:
        for device in keys:
            erase_device(ledger, device, ground.rule, names=names, lists=lists)
        note(name, keys, ground)

    return Kind(name=name, what=what, since="the device was ended in the register", due=due, erase=erase)


def ended(ledger: Ledger, table: str, what: str, before: datetime) -> list[str]:
    """The ids in a table of the ledger that ended by then, and of which this kind was not erased."""
    ledger.projection.catch_up()
    rows = ledger.database.execute(
        f"SELECT subject FROM {table} t WHERE log = ? AND ended < ? AND NOT EXISTS "  # noqa: S608  our own names
        "(SELECT 1 FROM retention_erasure e WHERE e.what = ? AND e.key = t.subject) ORDER BY subject",
        (ledger.log.number, leaves_known_by(ledger, before), what),
    )
    return [str(row[0]) for row in rows]


def note(what: str, keys: Iterable[str], ground: Ground) -> None:
    """Write down that this kind is erased of these."""
    Erasure.objects.bulk_create(Erasure(what=what, key=key, erased_at=ground.at, rule=ground.rule) for key in keys)
