"""JSON (RFC 8259) and JSON lines: a list of objects becomes rows, the rest `key: value` lines.

Objects inside objects give columns with a dot (`address.postcode`), lists inside them columns with a number. Numbers stay as
they are written. What is damaged, deeper than 64 levels or larger than 64 MiB is read as plain text, so nothing is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lossproof.block.source import Source
from lossproof.discover.formats import text
from lossproof.discover.formats.page import CELLS_AT_ONCE, ROWS_AT_ONCE
from lossproof.discover.formats.reader import WHOLE_BYTES, whole
from lossproof.discover.spans import Prose, Rows, Span

SUFFIXES = (".json", ".jsonl", ".ndjson", ".geojson")
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 2

_DEPTH = 64
_COLUMNS = 2000
_TABLES = 1000
_KEPT = 4
_REST_CHARACTERS = 4 << 20
_PERSON = re.compile(r"nhs|birth|dob|surname|last_?name|fore_?name|first_?name|nino|pnc|prison", re.IGNORECASE)
_START = re.compile(r'\s*(\{\s*("|\})|\[\s*([\[{"\-0-9\]]|true|false|null))')
_LONG_START = re.compile(r'\s*(\{\s*"|\[\s*[\[{"])')
_BLANKS = re.compile(r"[\s,]*")

_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, strict=False)


def detect(source: Source, name: str) -> bool:
    """Whether the text begins as JSON does; without the name's promise, its first value must also be whole or go on."""
    head = text.head_text(source) if text.is_text(source) else ""
    if not _START.match(head):
        return False
    if name.lower().endswith(SUFFIXES):
        return True
    if source.size_bytes > text.HEAD_BYTES:
        return bool(_LONG_START.match(head))
    head = head.strip()
    try:
        _, end = _DECODER.raw_decode(head)
    except (ValueError, RecursionError):
        return False
    return not head[end:] or bool(_START.match(head, end))


def texts(source: Source) -> Iterator[Span]:
    """Rows and prose of each value. Values are read one at a time, so memory follows the largest one."""
    if source.size_bytes > WHOLE_BYTES:
        yield from (Prose(block) for block in text.blocks(source))
        return
    content = text.plain(whole(source))
    tables = Tables()
    position = _after_blanks(content, 0)
    # The elements of one outer list are read like the lines of JSON lines.
    listed = content.startswith("[", position)
    position = _after_blanks(content, position + listed)
    first = True
    while position < len(content) and content[position] != "]":
        try:
            value, end = _DECODER.raw_decode(content, position)
        except (ValueError, RecursionError, MemoryError):
            break
        position = _after_blanks(content, end)
        alone = first and not listed and position >= len(content)
        yield from tables.add("", value, alone=alone)
        first = False
    yield from tables.end()
    rest = content[position:].strip(" \t\n,]")
    for start in range(0, len(rest), _REST_CHARACTERS):
        yield Prose(rest[start : start + _REST_CHARACTERS] + "\n")


class _Table:
    """Rows of one kind of record. A column is added when a new key comes, and never moved."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._columns: dict[str, int] = {}
        self._keyed = False
        self._rows: list[list[str]] = []
        self._cells = 0

    def add(self, record: dict[str, str]) -> Iterator[Span]:
        """Add an object's values; gives rows when there are about 2,000, and values beyond 2,000 columns as prose."""
        row = [""] * len(self._columns)
        beyond = []
        for key, value in record.items():
            column = self._columns.get(key)
            if column is None and len(row) >= _COLUMNS:
                beyond.append(f"{key}: {value}")
            elif column is None:
                self._columns[key] = len(row)
                row.append(value)
            else:
                row[column] = value
        if beyond:
            yield Prose("\n".join(beyond) + "\n", self._name)
        if not self._keyed:
            yield from self.end()
        self._keyed = True
        yield from self.add_row(row)

    def add_row(self, row: list[str]) -> Iterator[Span]:
        """Add a row that is complete."""
        self._rows.append(row)
        self._cells += len(row)
        if len(self._rows) >= ROWS_AT_ONCE or self._cells >= CELLS_AT_ONCE:
            yield from self.end()

    def end(self) -> Iterator[Span]:
        """The rows that are left."""
        if self._rows:
            yield Rows(self._rows, self._name, list(self._columns) if self._keyed else None)
        self._rows, self._cells = [], 0


class Tables:
    """The tables of a document, by the path at which their records stand."""

    def __init__(self) -> None:
        self._tables: dict[str, _Table] = {}

    def add(self, path: str, value: Any, *, alone: bool = False, depth: int = 0) -> Iterator[Span]:
        """Add one record. A document that is one object gives its lists as tables, and the rest as prose."""
        if depth > _DEPTH:
            yield Prose(_deep(value) + "\n", path)
            return
        lists: list[tuple[str, list[Any]]] = []
        if isinstance(value, dict):
            flat: dict[str, str] = {}
            _flatten(value, "", flat, lists, kept=0 if alone else _KEPT)
            if flat and alone:
                yield Prose("".join(f"{key}: {scalar}\n" for key, scalar in flat.items()), path)
            elif flat:
                yield from self._table(path).add(flat)
        elif isinstance(value, list) and any(isinstance(inner, (dict, list)) for inner in value):
            lists.append(("", value))
        elif isinstance(value, list):
            yield from self._table(path).add_row([_scalar(inner) for inner in value])
        elif value not in (None, ""):
            yield Prose(_scalar(value) + "\n", path)
        for key, records in lists:
            inner_path = f"{path}.{key}".strip(".")
            for record in records:
                yield from self.add(inner_path, record, depth=depth + 1)

    def end(self) -> Iterator[Span]:
        """The rows of every table that are left."""
        for table in self._tables.values():
            yield from table.end()

    def _table(self, path: str) -> _Table:
        name = path if path in self._tables or len(self._tables) < _TABLES else "..."
        return self._tables.setdefault(name, _Table(name))


def _flatten(
    value: Any, path: str, flat: dict[str, str], lists: list[tuple[str, list[Any]]], *, kept: int, depth: int = 0
) -> None:
    """Put a value's scalars into `flat` by dotted path, and lists of more than `kept` records, or of people, into `lists`."""
    if depth > _DEPTH:
        _put(flat, path, _deep(value))
    elif isinstance(value, dict):
        if depth and len(value) > _KEPT and all(isinstance(inner, dict) for inner in value.values()):
            lists.append(
                (path, [{("_key" if "key" in inner else "key"): key, **inner} for key, inner in value.items()])
            )
            return
        for key, inner in value.items():
            _flatten(inner, f"{path}.{key}".lstrip("."), flat, lists, kept=kept, depth=depth + 1)
    elif isinstance(value, list):
        records = [inner for inner in value if isinstance(inner, (dict, list))]
        if not records:
            _put(flat, path, "; ".join(_scalar(inner) for inner in value))
        elif len(records) > kept or (len(records) > 1 and _is_person(records[0])):
            lists.append((path, value))
        else:
            for number, inner in enumerate(value):
                _flatten(inner, f"{path}.{number}", flat, lists, kept=kept, depth=depth + 1)
    elif value not in (None, ""):
        _put(flat, path, _scalar(value))


def _put(flat: dict[str, str], path: str, value: str) -> None:
    """Two keys may have one path: `{"a.b": 1, "a": {"b": 2}}`."""
    flat[path] = f"{flat[path]}; {value}" if flat.get(path) else value


def _is_person(record: Any) -> bool:
    return isinstance(record, dict) and sum(bool(_PERSON.search(key)) for key in record) >= 2


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value) if isinstance(value, bool) else _deep(value)


def _deep(value: Any) -> str:
    """A value of any depth as words, found without recursion."""
    words: list[str] = []
    stack = [value]
    while stack:
        inner = stack.pop()
        if isinstance(inner, dict):
            stack.extend(part for pair in reversed(inner.items()) for part in reversed(pair))
        elif isinstance(inner, list):
            stack.extend(reversed(inner))
        elif inner is not None:
            words.append(str(inner))
    return " ".join(words)


def _after_blanks(content: str, position: int) -> int:
    match = _BLANKS.match(content, position)
    return match.end() if match else position
