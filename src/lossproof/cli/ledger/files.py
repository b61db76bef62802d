"""Files that a person names: read whole, and bounded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lossproof.errors import InputError

MOST_BYTES = 1 << 20


def content(path: str | Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The file's bytes. Raises `InputError` where it cannot be read or is larger."""
    try:
        with Path(path).open("rb") as file:
            found = file.read(most_bytes + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    if len(found) > most_bytes:
        raise InputError(f"{path}: too large to be what it should be")
    return found


def contents(paths: Iterable[str | Path]) -> tuple[bytes, ...]:
    """The bytes of each file. Raises `InputError` as `content` does."""
    return tuple(map(content, paths))
