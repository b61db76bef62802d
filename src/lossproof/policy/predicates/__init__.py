"""The words that a rule may use, one file each, found by folder: what each asks, of which part of what is known, and its sentences.

A file defines `NAME` (the key in the rule), `PART`, `TEXTS` (a sentence for each code that it says), `parse` (its value from TOML,
or `ValueError` that says what it should be), `says` (the value as part of an English sentence) and, unless it is of the part
`evidence`, `compile`: the closure that asks one device. Its docstring is for people: the page of the rules prints it. The set is
closed, and there is no expression language. Left out: words whose facts are not built yet (`policy.rules.NOT_BUILT`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

from lossproof.model.estate import DeviceState
from lossproof.model.fact import Grade
from lossproof.model.standing import Standing
from lossproof.model.volume import Layer


class Part(StrEnum):
    """Which part of a rule a predicate belongs to; what it finds touches the standing only if it is about encryption."""

    APPLIES = "applies"
    ENCRYPTION = "encryption"
    CONTENTS = "contents"
    CUSTODY = "custody"
    EVIDENCE = "evidence"


class Answer(StrEnum):
    """What a predicate says of a device; of `applies`, `pass` means that the rule is for this device."""

    PASS = "pass"  # noqa: S105  a word, no secret
    FAIL = "fail"
    UNPROVEN = "unproven"


class Outcome(NamedTuple):
    """An answer with its codes, the leaves that it rests on, and the first moment at which it could change of itself."""

    answer: Answer
    codes: tuple[str, ...] = ()
    leaves: tuple[int, ...] = ()
    until: int | None = None


PASS = Outcome(Answer.PASS)
FAIL = Outcome(Answer.FAIL)


class Demands(NamedTuple):
    """What a rule asks of evidence: at least this grade, at most this many seconds old; fresh for an act; from before a loss."""

    level: Grade = Grade.OBSERVED
    max_age: int = 31 * 86400
    fresh: int | None = None
    before_loss: bool = True


class Word(NamedTuple):
    """What layers say under one predicate: a standing at best, and the codes of why."""

    standing: Standing
    codes: tuple[str, ...] = ()


SOUND = Word(Standing.PROTECTED)

Test = Callable[[DeviceState, int], Outcome]
"""Asks one device at a moment."""
LayerTest = Callable[[tuple[Layer, ...], str], Word]
"""Judges the ungraded layers of one inspection at a moment (RFC 3339, UTC)."""


class Predicate(Protocol):
    """A file of this folder."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """The key in a rule."""

    @property
    def PART(self) -> Part:  # noqa: N802
        """Where it stands."""

    @property
    def TEXTS(self) -> dict[str, str]:  # noqa: N802
        """One plain sentence for each code of its own."""

    def parse(self, value: object) -> Any:
        """The value from TOML in one spelling, hashable. Raises `ValueError` that says what it should be."""

    def says(self, value: Any) -> str:
        """A part of a sentence: what the predicate asks of a device."""


class Asking(Predicate, Protocol):
    """A predicate that asks what is known of a device."""

    def compile(self, value: Any, demands: Demands) -> Test:
        """The closure for one rule."""


class Judging(Predicate, Protocol):
    """A predicate of the part `encryption`, which judges the layers of the evidence that a rule relies on."""

    def compile(self, value: Any) -> LayerTest:
        """The closure for one rule."""


@cache
def every() -> dict[str, Predicate]:
    """All predicates of this folder by name."""
    names = sorted(name.partition(".")[0] for name in os.listdir(__path__[0]))  # noqa: PTH208 - pathlib costs start-up
    modules = [
        import_module(f"{__name__}.{name}") for name in names if name.isidentifier() and not name.startswith("_")
    ]
    return {module.NAME: cast(Predicate, module) for module in modules if hasattr(module, "PART")}


@cache
def texts() -> dict[str, str]:
    """The sentence of every code that a predicate says."""
    return {code: text for predicate in every().values() for code, text in predicate.TEXTS.items()}


def asking(name: str) -> Asking:
    """The predicate of that name, which is not of the part `encryption` or `evidence`."""
    return cast(Asking, every()[name])


def judging(name: str) -> Judging:
    """The predicate of that name, which is of the part `encryption`."""
    return cast(Judging, every()[name])
