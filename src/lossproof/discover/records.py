"""The normalised records of one scan as bytes and back: what the linking rules R1 to R5 need to count its people again.

The format is our own: JSON Lines in UTF-8 (RFC 8259, one value a line, each line ended by LF). The first line is an object,
`{"v": 1, "device", "scan", "rules"}`. Every other line is one mention in the order in which the scan linked them: an array of the
fields of `Mention`, or, where the very same mention stood there before, the number of the array (from 0) that it equals. The
order and the repetitions are kept because both matter to the count: two equal records without a number widen its high end.

Left out: paths of files, and what was found in leftover bytes, which is counted apart from people and never linked. The bytes
are personal data: they are meant to be sealed at once.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from lossproof.discover.mention import Mention
from lossproof.discover.people import ISSUED
from lossproof.errors import FormatError, UnsupportedError

RULES_VERSION = 1
"""The version of the linking rules (`people.py`): raised whenever the same mentions could be counted differently."""

MOST_RECORDS_BYTES = 256 << 20
"""No records are longer, written or read."""
MOST_MENTIONS = 1 << 21
"""No scan has more mentions: linking them takes about 1 kB each."""
MOST_NAME_CHARACTERS = 256
"""Names are cut to so many: comparing longer ones takes long, and nobody is told apart by them."""

_VERSION = 1
_ID = re.compile(r"[0-9a-f]{32}")

_Name = Annotated[str, msgspec.Meta(max_length=MOST_NAME_CHARACTERS)]
_Born = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?\Z")]
# What is printed of a record is its codes, so a code cannot hold anything but a code.
_Code = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9_]{0,39}\Z")]
_Fields = tuple[
    _Name, _Name, _Born, tuple[tuple[_Code, str], ...], tuple[str, ...], str, str, str, tuple[_Code, ...]
]  # in the order of Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """One scan's mentions, in the order in which they were linked. `device` and `scan` are random ids, 32 hexadecimal digits.

    `rules` is the version of the linking rules by which the scan counted. Raises `FormatError` where an id is none.
    """

    device: str
    scan: str
    mentions: Sequence[Mention]
    rules: int = RULES_VERSION

    def __post_init__(self) -> None:
        if not (_ID.fullmatch(self.device) and _ID.fullmatch(self.scan)):
            raise FormatError("records: the id of a device or a scan is 32 hexadecimal digits in lower case")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    v: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    v: int
    device: str
    scan: str
    rules: Annotated[int, msgspec.Meta(ge=1, le=(1 << 31) - 1)]


_HEADER = msgspec.json.Decoder(_Header)
_FORMAT_VERSION = msgspec.json.Decoder(_Version)
_LINE = msgspec.json.Decoder(int | _Fields)


def encode(records: Records) -> bytes:
    """The records as JSON Lines.

    Raises `UnsupportedError` where there are too many for one manifest, and `FormatError` for what no scan gives: a value that is
    not Unicode text, two numbers of a kind of which one person has one.
    """
    if len(records.mentions) > MOST_MENTIONS:
        raise UnsupportedError(f"records: more than {MOST_MENTIONS:,} mentions", hint="record the counts alone")
    written = io.BytesIO()
    header = _Header(v=_VERSION, device=records.device, scan=records.scan, rules=records.rules)
    written.write(msgspec.json.encode(header) + b"\n")
    written_as: dict[Mention, int] = {}
    for mention in map(_short, records.mentions):
        number = written_as.get(mention)
        if number is None:
            _one_of_a_kind(mention)
            written_as[mention] = len(written_as)
        try:
            written.write(msgspec.json.encode(mention if number is None else number) + b"\n")
        except UnicodeEncodeError:
            raise FormatError("records: a value is not Unicode text") from None
        if written.tell() > MOST_RECORDS_BYTES:
            raise UnsupportedError(
                f"records: more than {MOST_RECORDS_BYTES >> 20} MiB of them", hint="record the counts alone"
            )
    return written.getvalue()


def decode(encoded: bytes) -> Records:
    """The records that `encode` wrote, though a stranger may have written them.

    Raises `FormatError`, and `UnsupportedError` where a later version of the format says more than this one reads.
    """
    if len(encoded) > MOST_RECORDS_BYTES:
        raise FormatError(f"records: more than {MOST_RECORDS_BYTES >> 20} MiB of them")
    lines = io.BytesIO(encoded)
    try:
        first = lines.readline()
        if _FORMAT_VERSION.decode(first).v != _VERSION:
            raise UnsupportedError("records: written by a later version", hint="use a newer lossproof")
        header = _HEADER.decode(first)
        mentions = list(_mentions(lines))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise FormatError("records: malformed") from None
    return Records(device=header.device, scan=header.scan, rules=header.rules, mentions=mentions)


def _mentions(lines: Iterator[bytes]) -> Iterator[Mention]:
    seen: list[Mention] = []
    strings: dict[str, str] = {}
    same = strings.setdefault  # one object a value, as in a scan: most of a mention's memory is its strings
    for count, line in enumerate(lines):
        if count >= MOST_MENTIONS:
            raise FormatError(f"records: more than {MOST_MENTIONS:,} mentions")
        value = _LINE.decode(line)
        if isinstance(value, int):
            if not 0 <= value < len(seen):
                raise FormatError("records: a mention repeats one that is not there")
            yield seen[value]
            continue
        surname, forename, born, strong, local, postcode, phone, email, categories = value
        seen.append(
            Mention(
                same(surname, surname),
                same(forename, forename),
                same(born, born),
                tuple((same(kind, kind), number) for kind, number in strong),
                local,
                same(postcode, postcode),
                phone,
                email,
                tuple(same(category, category) for category in categories),
            )
        )
        _one_of_a_kind(seen[-1])
        yield seen[-1]


def _short(mention: Mention) -> Mention:
    if max(len(mention.surname), len(mention.forename)) <= MOST_NAME_CHARACTERS:
        return mention
    return mention._replace(
        surname=mention.surname[:MOST_NAME_CHARACTERS], forename=mention.forename[:MOST_NAME_CHARACTERS]
    )


def _one_of_a_kind(mention: Mention) -> None:
    """Refuse a mention with two numbers of an issued kind: readers give each its own, and linking them would take for ever."""
    if len(mention.strong) < 2:
        return
    numbers: dict[str, str] = {}
    if any(kind in ISSUED and numbers.setdefault(kind, number) != number for kind, number in mention.strong):
        raise FormatError("records: a mention has two numbers of a kind of which one person has one")
