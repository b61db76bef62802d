"""A progress bar on standard error, when a person is looking and the work takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
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
    bar = _Bar("examining", in_bytes=True)

    def tell(files: int, known_files: int, done_bytes: int, known_bytes: int) -> None:
        bar.tell(done_bytes, known_bytes, lambda: f"{files:,} of {known_files:,} files")

    try:
        yield tell
    finally:
        bar.close()


@contextmanager
def counted(verb: str, things: str) -> Iterator[Callable[[int, int], None] | None]:
    """A callback for work that is told as (done, known), such as `replaying` and `leaves`; None when nobody is looking."""
    if not sys.stderr.isatty():
        yield None
        return
    bar = _Bar(verb, in_bytes=False)
    try:
        yield lambda done, known: bar.tell(done, known, lambda: f"{done:,} of {known:,} {things}")
    finally:
        bar.close()


class _Bar:
    """Rich's progress bar, imported and drawn only once the work turns out to be long."""

    def __init__(self, verb: str, *, in_bytes: bool) -> None:
        self._verb = verb
        self._in_bytes = in_bytes
        self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def tell(self, done: int, known: int, words: Callable[[], str]) -> None:
        """Show how far it is; `words` says it in things."""
        if self._bar is None:
            if time.monotonic() - self._started < _PATIENCE_SECONDS:
                return
            self._open()
        self._bar.update(self._task, completed=done, total=max(known, done), words=words())

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, ProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        sizes: list[ProgressColumn] = [DownloadColumn()] if self._in_bytes else []
        self._bar = RichProgress(
            TextColumn(self._verb),
            BarColumn(),
            TextColumn("{task.fields[words]}"),
            *sizes,
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(self._verb, total=None, words="")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
