"""Log lines without personal data: when, how bad, which logger, which status, which error at which line of code.

Messages and their arguments are left out on purpose: Django and others put paths, hosts and values into them, and a path can
hold the token of a hand-over. Lines of lossproof's own loggers are kept: they say nothing of a person (docs/reference).
"""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime


class PlainFormatter(logging.Formatter):
    """One line a record, and one a frame of a traceback, without the error's own words."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        parts = [at, record.levelname.lower(), record.name]
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            parts.append(f"status={status}")
        if record.name.startswith("lossproof"):
            parts.append(record.getMessage())
        if record.exc_info and record.exc_info[0] is not None:
            parts.append(f"error={record.exc_info[0].__name__}")
            frames = traceback.extract_tb(record.exc_info[2])
            parts.extend(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        return " ".join(parts)
