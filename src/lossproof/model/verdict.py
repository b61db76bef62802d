"""What `check` concludes of one target."""

from __future__ import annotations

from dataclasses import dataclass

from lossproof.model.holding import Holding
from lossproof.model.standing import Standing
from lossproof.model.volume import Inspection, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Is there personal data here that a finder could read? `exposed` is None where nobody can honestly say no.

    `inspection` is None for a folder, whose volume was not inspected. `valid_until` is the first moment (RFC 3339, UTC) at
    which the answer could change with no new fact, or None where there is none.
    """

    target: str
    exposed: bool | None
    standing: Standing
    inspection: Inspection | None
    holding: Holding | None
    reasons: tuple[Reason, ...]
    valid_until: str | None = None
