"""The kinds of facts, one file each: a frozen class with `KIND`, and `SIGNERS`, the roles whose keys may state it."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from lossproof.model.fact import Predicate

PREDICATE_TYPE = "urn:lossproof:{kind}:v1"
"""A kind's in-toto predicate type."""


@cache
def kinds() -> dict[str, type[Predicate]]:
    """Every kind's class by name."""
    found = [import_module(f"{__name__}.{entry.name}").PREDICATE for entry in pkgutil.iter_modules(__path__)]
    return {kind.KIND: kind for kind in found}
