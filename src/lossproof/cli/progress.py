"""A progress bar on standard error, when a person is looking and the work takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lossproof.discover.scan import Progress

_PATIENCE_SECONDS = 1.0


@contextmanager
def shown() -> Iterator[Progress | None]:
    """A progress callback for the time of the context; None when nobody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.tell
    finally:
        bar.close()


class _Bar:
    """Rich's progress bar, imported and drawn only once the work turns out to be long."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def tell(self, files: int, known_files: int, done_bytes: int, known_bytes: int) -> None:
        """See `Progress`."""
        if self._bar is None:
            if time.monotonic() - self._started < _PATIENCE_SECONDS:
                return
            self._open()
        self._bar.update(
            self._task,
            completed=done_bytes,
            total=max(known_bytes, done_bytes),
            files=f"{files:,} of {known_files:,} files",
        )

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("examining"),
            BarColumn(),
            TextColumn("{task.fields[files]}"),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("examining", total=None, files="")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
