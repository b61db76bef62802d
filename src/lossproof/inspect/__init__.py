"""Is it encrypted, how, how well: bytes of a medium become layers of schemes, which policy grades."""

from __future__ import annotations

from lossproof.inspect.walk import VERDICT_BYTES, inspect

__all__ = ["VERDICT_BYTES", "inspect"]
