"""Who looked at what which device holds."""

from __future__ import annotations

from lossproof.register.access.models import Look
from lossproof.register.retention.kind import rows

KIND = rows("access_looks", "who looked at what a device holds; nothing is left", "the look", Look, "looked_at")
