"""How many distinct people several devices were about, counted from their opened manifests. Counts only: no value of a person."""

from __future__ import annotations

from dataclasses import dataclass, field

from lossproof.model.holding import People


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestCount:
    """One manifest, counted again by itself. `device` and `scan` are random ids; `rules` is the version it was first counted by.

    `differs` says whether the recount is another than the count stated for it, such as that of its holding fact; None where
    none was stated. A manifest that `repeats` holds the same scan as one before it, and is counted once in the union.
    """

    manifest: str
    sha256: str
    device: str
    scan: str
    rules: int
    people: People
    people_by_category: dict[str, int] = field(default_factory=dict)
    named_only: int = 0
    differs: bool | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleUnion:
    """The answer of `people union`: distinct people over all the manifests, and each manifest by itself, in the order given.

    `rests_on` counts the joins of mentions by linking rule (R1 to R5); `rules` is the version of the rules that counted.
    """

    people: People
    people_by_category: dict[str, int] = field(default_factory=dict)
    named_only: int = 0
    rests_on: dict[str, int] = field(default_factory=dict)
    rules: int
    manifests: tuple[ManifestCount, ...] = ()
