"""What one scan found: how many people, which identifiers by count, in which files, and what could not be examined.

Counts only: no value of a person is here. Paths are those of the medium, with identifiers in them masked unless asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """How many distinct people: an honest range and the best single answer, `low <= point <= high`."""

    low: int = 0
    point: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierCount:
    """How many different values of an identifier, and how often any was seen."""

    distinct: int
    mentions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHolding:
    """One file with findings. `people` are distinct people in it; `identifiers` distinct values by kind; `categories` people by kind.

    `deleted` files were recovered; `mixed` ones may hold parts of other files, for nothing says where theirs ended.
    """

    path: str
    people: int
    identifiers: dict[str, int]
    categories: dict[str, int]
    size_bytes: int
    deleted: bool = False
    mixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotExamined:
    """Something that was not, or not wholly, read. `reason` is a stable code, `text` one plain sentence."""

    path: str
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawText:
    """Findings in unallocated clusters, slack and bytes outside partitions, read as raw text and counted apart."""

    people: People = field(default_factory=People)
    identifiers: dict[str, IdentifierCount] = field(default_factory=dict)
    scanned_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """How much was read: files (deleted ones included) and their bytes."""

    files: int = 0
    bytes: int = 0
    deleted_files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The answer of `discover` about one target.

    `rests_on` counts the joins of mentions by linking rule (R1 to R5). `unattributed` counts distinct identifiers that lead
    to a person but came without a name or a strong identifier, such as a list of card numbers. `possible` counts records and
    numbers that may be somebody's and are in no count: a birth date without a name, a check digit without a word beside it.
    `samples` is empty unless the user asked to see values.
    """

    target: str
    people: People = field(default_factory=People)
    people_by_category: dict[str, int] = field(default_factory=dict)
    identifiers: dict[str, IdentifierCount] = field(default_factory=dict)
    unattributed: dict[str, int] = field(default_factory=dict)
    possible: int = 0
    files: tuple[FileHolding, ...] = ()
    named_only: int = 0
    not_examined: tuple[NotExamined, ...] = ()
    scanned: Scanned = field(default_factory=Scanned)
    raw: RawText = field(default_factory=RawText)
    rests_on: dict[str, int] = field(default_factory=dict)
    samples: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_enforced: tuple[str, ...] = ()
    interrupted: bool = False
