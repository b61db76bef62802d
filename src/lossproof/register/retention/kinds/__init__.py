"""The kinds of things that can be erased, one module each, found by folder. A module defines `KIND`."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from lossproof.register.retention.kind import Kind


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Every kind by its name, in the order of names."""
    found: list[Kind] = [import_module(f"{__name__}.{module.name}").KIND for module in iter_modules(__path__)]
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)}
