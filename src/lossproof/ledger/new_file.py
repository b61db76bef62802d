"""A new file that is either there whole and durable or not there at all, and that never takes the place of another."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lossproof.errors import StoreError


def refuse_taken(path: Path) -> None:
    """Raises StoreError if anything, also a dangling link, has this name: before work is done for nothing."""
    if os.path.lexists(path):
        raise _taken(path)


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write `content` durably to the new file `path` with the permissions `mode`.

    Raises StoreError if something has the name already, if the file system does not keep such permissions, or if it cannot
    be written; then nothing is left behind.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=".lossproof-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                if os.fstat(descriptor).st_mode & 0o777 != mode:
                    raise StoreError(f"the file system of {path} does not keep a file private")
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            # A link, unlike a rename, refuses to replace what is there.
            os.link(name, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
        sync_folder(path.parent)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or 'the system refused'}") from error


@contextlib.contextmanager
def new_file(path: Path, mode: int) -> Iterator[Path]:
    """An empty file beside `path`, with the permissions `mode`, for somebody else to fill: at the end of the block it is made
    durable and takes the name `path`.

    Raises StoreError as `write_new`. Nothing is left behind where it does, or where the block raises.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=".lossproof-", dir=path.absolute().parent)
        making = Path(name)
        try:
            os.fchmod(descriptor, mode)
            if os.fstat(descriptor).st_mode & 0o777 != mode:
                raise StoreError(f"the file system of {path} does not keep a file private")
            yield making
            # What another program wrote through its own descriptor is synchronised through ours as well.
            os.fsync(descriptor)
            os.link(making, path)
        finally:
            os.close(descriptor)
            making.unlink(missing_ok=True)
        sync_folder(path.absolute().parent)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or 'the system refused'}") from error


def _taken(path: Path) -> StoreError:
    return StoreError(f"{path} is there already", hint="name another file; this one is never overwritten")


def sync_folder(folder: Path) -> None:
    """Make what was renamed or linked in a folder durable. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
