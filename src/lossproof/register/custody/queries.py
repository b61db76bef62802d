"""What the pages of custody ask of the register's tables."""

from __future__ import annotations

from lossproof.ledger.database import Database
from lossproof.register.devices.queries import Listed, offered_together

_OFFERED = """
SELECT DISTINCT c.handover FROM register_custody c JOIN register_device d ON d.device = c.device
WHERE c.person_to = ? AND c.event IN ('offered', 'transferred') AND c.withdrawn IS NULL AND c.handover IS NOT NULL
AND d.custody = 'offered' ORDER BY c.handover LIMIT 50
"""


def offered_to(database: Database, person: str) -> dict[str, list[Listed]]:
    """What a person is offered and has not answered, by hand-over."""
    found = {}
    for (handover,) in database.execute(_OFFERED, (person,)):
        devices = offered_together(database, handover)
        if devices:
            found[handover] = devices
    return found
