"""The name under which this version's static files are served: it changes whenever one of them does."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lossproof import __version__


def static_digest(room: Path) -> str:
    """Twelve hexadecimal digits over the names and bytes of all static files of the apps in `room`, and the version."""
    whole = hashlib.sha256(__version__.encode())
    for file in sorted(room.glob("*/static/**/*")):
        if file.is_file():
            whole.update(file.relative_to(room).as_posix().encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()[:12]
