"""What another system says of a device: what it goes by there, and the layers that it is said to have.

Nothing here was seen by this software. `wire.reports` reads such words, `jobs.importing` grades and records them, with method
`reported`. `names` and `place` are for finding the device and for saying which part of a file was meant, and are never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lossproof.model.facts.registration import DeviceKind
from lossproof.model.volume import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedDevice:
    """One device of a report. `names` may be the asset tag under which it is registered; `seen_at` is when the other system looked
    (UTC), None where it does not say. `layers` are not graded; None where nothing is said of its encryption: it was sighted."""

    place: str
    kind: DeviceKind
    serial: str | None
    names: tuple[str, ...]
    layers: tuple[Layer, ...] | None
    seen_at: datetime | None
