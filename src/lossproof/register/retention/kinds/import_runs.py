"""Imports: whose file of which name became what. The file itself is deleted when its run ends, and no later than a day after."""

from __future__ import annotations

from lossproof.register.imports.models import Run
from lossproof.register.retention.kind import rows

KIND = rows(
    "import_runs",
    "who imported a file of which name, and how many rows became what; nothing is left but the devices",
    "the file was uploaded",
    Run,
    "created_at",
)
