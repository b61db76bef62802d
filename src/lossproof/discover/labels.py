"""Labels in running text (`Patient: Ann Smith`, `Surname<tab>Smith`), and the names that they label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from lossproof.discover import engine, headings, names
from lossproof.discover.name_shapes import LABELLED, WrittenName, is_no_name, written
from lossproof.discover.names import PersonName

_COLON = re.compile(r"[:=#][ \t]*")
# A colon or the like; or a gap, which needs a known label in front of it and nothing else. Few texts have gaps.
_MARK = re.compile(r"[:=#][ \t]*|(?P<gap>[ \t]*\t[ \t]*|[ ]{2,}|[ ]?\.{3,}[ ]?|[ ][-–—][ ])(?![:=#\s])")
_LONGEST_LABEL, _LABEL_WORDS = 44, 5
_FIELD_START = re.compile(r".*(?:\t|  |\||\.{3}|[ ][-–—][ ])", re.DOTALL)
_BULLET = re.compile(r"^(?:[-*•>]+|\d{1,2}[.)]|\[[ xX]?\])[ \t]*")
_VALUE = re.compile(r"[^\t\n|]*?(?=[ \t]{2,}|\t|\n|\||$|[,;][ \t]*[^\W\d_][\w /.'’()-]{1,30}:)")
_NEXT_LINE = re.compile(r"[ \t]*\r?\n[ \t]*(?=[^\W\d_])")
_OTHERS_WORDS = (
    "kin",
    "mother",
    "mothers",
    "father",
    "fathers",
    "gp",
    "consultant",
    "referring",
    "named",
    "key",
    "case",
)
_NAMES = frozenset({"name", "other_name", "surname", "forename"})
_NO_VALUE = _NAMES | {"date_of_birth", "nhs_number", "postcode", "phone", "nino", "local"}
"""What stands behind a label with nothing but a gap between is not another label: that would be a row of headings."""


class Label(NamedTuple):
    """What a label means (`headings.role`), where it begins, and where its value starts."""

    role: str
    at: int
    start: int


def find(text: str) -> list[Label]:
    """Every label that means something, in order."""
    found: list[Label] = []
    gaps = any(gap in text for gap in ("  ", "\t", " - ", "...", " – ", " — "))
    for mark in (_MARK if gaps else _COLON).finditer(text):
        at = mark.start()
        line = text.rfind("\n", 0, at) + 1
        field = text[max(line, at - _LONGEST_LABEL) : at].rstrip()
        if not field:
            continue
        before = _FIELD_START.match(field)
        if before:
            field = field[before.end() :]
        if mark.lastgroup != "gap":
            label = _without_value(_last_words(field))
            wanted = True
        else:
            label = _alone(field) if before or at - line <= _LONGEST_LABEL else ""
            is_value = bool(found) and found[-1].start == at - len(field)
            wanted = bool(label) and not is_value and _takes(text, mark.end())
        role = headings.role(label) if wanted and label else ""
        if role and not (mark.lastgroup and role == "other"):
            found.append(Label(role, at - len(label), mark.end()))
    return found


def _alone(field: str) -> str:
    """The field, where it is nothing but a label can be; else an empty string."""
    label = _BULLET.sub("", field)
    words = label.split()
    if not words or len(words) > _LABEL_WORDS or any(character.isdigit() for character in label):
        return ""
    return label


def _last_words(field: str) -> str:
    """The last few words before a colon that could be its label."""
    words: list[str] = []
    for word in reversed(field.split()):
        if len(words) == _LABEL_WORDS or (not word[-1].isalpha() and word[-1] not in ")."):
            break
        words.append(word)
    return "" if words == ["Subject"] else " ".join(reversed(words))


def _without_value(label: str) -> str:
    """`Smith Forename` is the end of one value and the next label: without the words that no heading has."""
    words = label.split()
    known = _heading_words()
    while len(words) > 1 and words[0][0].isupper() and headings.normal(words[0]) not in known:
        rest = " ".join(words[1:])
        if not headings.role(rest):
            break
        words = words[1:]
    return " ".join(words)


@cache
def _heading_words() -> frozenset[str]:
    """Every word of every heading that is known."""
    known = {
        word for identifier in engine.identifiers().values() for words in identifier.HEADERS for word in words.split()
    }
    for line in (names.LEXICONS / "headings.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            known.update(line.partition(":")[2].replace(",", " ").split())
    known.update(_OTHERS_WORDS)
    return frozenset(known)


def _takes(text: str, start: int) -> bool:
    value = _VALUE.match(text, start)
    return value is not None and bool(value.group()) and headings.role(value.group().rstrip(" :")) not in _NO_VALUE


def labelled(text: str, found: Sequence[Label]) -> Iterator[WrittenName]:
    """The names that labels introduce: whole ones, and surname and forename of two labels together."""
    surname: tuple[int, int, str] | None = None
    forename: tuple[int, int, str] | None = None
    for index, label in enumerate(found):
        role = label.role
        if role not in _NAMES:
            continue
        start, end = _value(text, label.start, found[index + 1].at if index + 1 < len(found) else len(text))
        if role in {"name", "other_name"}:
            yield from written(text[start:end], start, LABELLED, aside=role == "other_name", whole=False)
        elif words := names.words(text[start:end]):
            if role == "surname":
                surname = (start, end, names.normalise(" ".join(words[:3])))
            else:
                forename = (start, end, names.normalise(words[0]))
        if surname and forename:
            if abs(surname[0] - forename[0]) < 200:
                first, last = min(surname[0], forename[0]), max(surname[1], forename[1])
                yield WrittenName(first, last, PersonName(surname[2], forename[2]), LABELLED, False)
            surname = forename = None


def _value(text: str, start: int, limit: int) -> tuple[int, int]:
    """Where the value of a label stands: up to the next label, or on the next line where nothing follows the label itself."""
    below = _NEXT_LINE.match(text, start)
    if (
        below
        and below.end() < limit
        and not is_no_name(text[below.end() : below.end() + _LONGEST_LABEL].split(None, 1)[0])
    ):
        start = below.end()
    value = _VALUE.match(text, start)
    return start, min(value.end() if value else start, max(limit, start))
