"""The main job: is there personal data here that a finder could read?"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from lossproof.discover.scan import Found, Progress
from lossproof.jobs.discovery import discover_folder, discover_image, settle_blanks
from lossproof.jobs.inspection import inspect_below, inspect_target
from lossproof.model.verdict import Verdict
from lossproof.policy.exposure import verdict


class Checked(NamedTuple):
    """A verdict, and what it was counted from: None where nothing could be read. `found` holds personal data: memory only."""

    verdict: Verdict
    found: Found | None


def check(target: Path, *, progress: Progress | None = None, show: bool = False) -> Verdict:
    """Inspect, discover in all that a finder could read, and decide. Raises `InputError` where there is nothing to check."""
    return examine(target, progress=progress, show=show).verdict


def examine(target: Path, *, progress: Progress | None = None, show: bool = False) -> Checked:
    """`check`, with what was found beside the verdict."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if os.path.isdir(target):  # noqa: PTH112  pathlib's raises where a folder above may not be entered
        found = discover_folder(target, progress=progress, show=show)
        below = inspect_below(target) if found.volumes == 1 else None
        return Checked(verdict(str(target), below, found.holding, folder=True, at=at), found)
    inspection = inspect_target(target)
    seen = discover_image(target, inspection, progress=progress, show=show)
    if seen is not None:
        inspection = settle_blanks(inspection, seen.blank)
    return Checked(verdict(str(target), inspection, seen.holding if seen else None, folder=False, at=at), seen)
