"""The bar on standard error: for a person, when the work is long, and gone afterwards."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

from lossproof.cli import progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_nobody_is_shown_a_bar_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", StringIO())
    with progress.shown() as scan, progress.counted("replaying", "leaves") as work:
        assert scan is None and work is None


@pytest.mark.parametrize("patience", [0.0, 60.0])
def test_a_bar_is_drawn_for_long_work_alone(monkeypatch, patience):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_PATIENCE_SECONDS", patience)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress.counted("replaying", "leaves") as work:
        assert work is not None
        work(4096, 10_000)
        work(10_000, 10_000)
    with progress.shown() as scan:
        assert scan is not None
        scan(3, 7, 1000, 5000)
    said = terminal.getvalue()
    if patience:
        assert said == ""
    else:
        assert "10,000 of 10,000 leaves" in said and "3 of 7 files" in said
