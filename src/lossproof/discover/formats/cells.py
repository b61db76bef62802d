"""Cells of a spreadsheet as text, and rows gathered from them: dates as ISO 8601, whole numbers without `.0`."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache

from lossproof.discover.formats.page import CELLS_AT_ONCE, ROWS_AT_ONCE

_BUILT_IN_DATES = frozenset({*range(14, 18), 22, *range(27, 32), 34, 35, 36, *range(50, 59)})
_BUILT_IN_TIMES = frozenset({18, 19, 20, 21, 32, 33, 45, 46, 47})
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_PADDED = re.compile(r"0[0 .\-/]*0\Z")
_EPOCH = dt.datetime(1899, 12, 30)
_EPOCH_1904 = dt.datetime(1904, 1, 1)
_LAST_SERIAL = 2_958_466


class Grid:
    """Rows as their cells come, empty rows left out, handed on about 2,000 at a time."""

    def __init__(self) -> None:
        self._row: list[str] = []
        self._rows: list[list[str]] = []
        self._cells = 0
        self._done: list[list[list[str]]] = []

    def cell(self, column: int, text: str) -> None:
        """A cell of the row that is open, by its column from 0. An empty one leaves no trace."""
        if text:
            missing = column - len(self._row)
            if missing > 0:
                self._row.extend([""] * missing)
            if missing >= 0:
                self._row.append(text)
            else:
                self._row[column] = text

    def end_row(self) -> None:
        """The open row ends."""
        if not self._row:
            return
        self._rows.append(self._row)
        self._cells += len(self._row)
        self._row = []
        if len(self._rows) >= ROWS_AT_ONCE or self._cells >= CELLS_AT_ONCE:
            self._done.append(self._rows)
            self._rows, self._cells = [], 0

    def take(self) -> list[list[list[str]]]:
        """The chunks of rows completed since the last call."""
        done, self._done = self._done, []
        return done

    def end(self) -> list[list[list[str]]]:
        """All that is left."""
        self.end_row()
        if self._rows:
            self._done.append(self._rows)
            self._rows = []
        return self.take()


def number_text(text: str, code: str = "", *, since_1904: bool = False) -> str:
    """A stored number as the sheet's reader would see it, by its format code; `#14` stands for built-in format 14.

    Dates and times come as ISO 8601. A format of zeros (`0000000000`) keeps its leading zeros. Text that is no number comes
    back as it is.
    """
    kind = _kind(code)
    if not kind and text.isascii() and text.isdigit():
        return text if not text.startswith("0") else str(int(text)) if len(text) < 20 else text
    try:
        value = float(text)
    except ValueError:
        return text
    if kind in ("date", "time") and 0 <= value < _LAST_SERIAL:
        return _moment(value, kind, since_1904=since_1904)
    if math.isnan(value) or abs(value) >= 1e16 or not value.is_integer():
        return text
    plain = str(int(value))
    return plain.zfill(int(kind)) if kind.isdigit() and value >= 0 else plain


@lru_cache(maxsize=1024)
def _kind(code: str) -> str:
    """`date`, `time`, a number of digits to pad to, or nothing."""
    if code.startswith("#") and code[1:].isdigit():
        number = int(code[1:4])
        return "date" if number in _BUILT_IN_DATES else "time" if number in _BUILT_IN_TIMES else ""
    bare = _LITERALS.sub("", code.split(";", maxsplit=1)[0])
    if _PADDED.match(bare):
        return str(min(bare.split(".")[0].count("0"), 40)) if "." not in bare else ""
    lowered = bare.lower().replace("general", "")
    if re.search(r"[yd]", lowered):
        return "date"
    if re.search(r"[hs]|mm?", lowered):
        return "date" if re.search(r"mmm", lowered) else "time"
    return ""


def _moment(value: float, kind: str, *, since_1904: bool) -> str:
    if value < 60 and not since_1904 and value >= 1:
        value += 1  # serial 60 is the 29 February 1900 that never was
    try:
        moment = (_EPOCH_1904 if since_1904 else _EPOCH) + dt.timedelta(milliseconds=round(value * 86_400_000))
    except OverflowError:
        return repr(value)
    if kind == "time" and value < 1:
        return moment.strftime("%H:%M:%S")
    if moment.time() == dt.time():
        return moment.date().isoformat()
    return moment.replace(microsecond=0).isoformat()
