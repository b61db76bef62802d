"""One file a scheme, found by folder. What a file must define, and how a new one is added.

A file defines `NAME` (the scheme's name, as in the JSON), `SPEC` (where the format is specified), `detect` and `read`.
A container also defines `parts`; `DISGUISES` names schemes whose signature this one carries on purpose;
`yields(source)` says that any other claim is better. A file that knows several formats defines `SCHEMES` instead, a
tuple of such objects. Every scheme is asked and order never matters.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Protocol, cast

from lossproof.block.mbr import PartitionTable
from lossproof.block.source import Source
from lossproof.model.volume import Layer

ANY = "*"
"""In `DISGUISES`: whatever else is seen here stands inside this scheme, and is asked again there."""


class Scheme(Protocol):
    """A format that `inspect` knows. Optional members are read by `disguises` and `container`."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """The scheme's name."""

    @property
    def SPEC(self) -> str:  # noqa: N802 - a module's constant
        """Where the format is specified."""

    def detect(self, source: Source) -> bool:
        """Whether the signature of this scheme is in `source`. May raise `FormatError` (which is a no)."""

    def read(self, source: Source) -> Layer:
        """The layer at the start of `source`, offsets from there, ungraded.

        `size_bytes` is what the format says, cut to the source; the rest of the range becomes a layer of its own.
        Raises `FormatError` or `UnsupportedError`.
        """


class Container(Scheme, Protocol):
    """A scheme that holds others."""

    def parts(self, source: Source) -> PartitionTable:
        """The ranges of the volumes inside, from the start of `source`, and the ranges of the tables themselves."""


def every() -> tuple[Scheme, ...]:
    """All schemes of this folder, by name of file."""
    files = os.listdir(__path__[0])  # noqa: PTH208 - pathlib costs six modules at start-up
    names = {name.partition(".")[0] for name in files}
    found: list[Scheme] = []
    for name in sorted(names):
        if name.isidentifier() and not name.startswith("_"):
            module = import_module(f"{__name__}.{name}")
            found += getattr(module, "SCHEMES", (cast(Scheme, module),))
    return tuple(found)


def disguises(scheme: Scheme) -> frozenset[str]:
    """Names of schemes whose signatures `scheme` carries on purpose."""
    return cast("frozenset[str]", getattr(scheme, "DISGUISES", frozenset()))


def yields(scheme: Scheme, source: Source) -> bool:
    """Whether `scheme` says of itself that any other claim on `source` is better than its own."""
    ask = getattr(scheme, "yields", None)
    return ask is not None and bool(ask(source))


def container(scheme: Scheme) -> Container | None:
    """`scheme` where it holds others, else None."""
    return cast(Container, scheme) if hasattr(scheme, "parts") else None


def sized(declared_bytes: int, source: Source) -> tuple[int, tuple[str, ...]]:
    """A format's own size cut to what is there, and `truncated` where there is less; 0 means that the format does not
    say.
    """
    if declared_bytes <= 0:
        return source.size_bytes, ()
    return min(declared_bytes, source.size_bytes), ("truncated",) if declared_bytes > source.size_bytes else ()
