"""Where the file of a run stands while it is worked on: a temporary folder of its own, which no other user of the machine can read.

It is deleted when the run ends, but for the file of rows with errors, which goes a day later. A restart of the machine, or of a
service with temporary folders of its own, deletes it as well; then the file is uploaded again.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lossproof.errors import InputError, StoreError

UPLOAD, LOOK, ERRORS = "upload", "look.json", "errors.csv"
"""The file as it came; what the pages show of it; the rows with errors."""

_GONE = "the file that was uploaded is no longer there"


def folder_of(run: str) -> Path:
    """The folder of a run, by its random id."""
    return Path(tempfile.gettempdir()) / f"lossproof-import-{run}"


def keep_upload(run: str, chunks: Iterable[bytes]) -> None:
    """Keep what is uploaded, in a new folder. Raises `StoreError` where the disk does not take it."""
    folder = folder_of(run)
    try:
        folder.mkdir(mode=0o700)
        with _open_new(folder / UPLOAD) as file:
            for chunk in chunks:
                file.write(chunk)
    except OSError:
        remove(run)
        raise StoreError("the uploaded file cannot be kept", hint="see that the disk is not full") from None


def upload_of(run: str) -> bytes:
    """The file as it came. Raises `InputError` where it is gone."""
    return _content(run, UPLOAD)


def has_upload(run: str) -> bool:
    """Whether the file is still there."""
    return _is_ours(folder_of(run)) and (folder_of(run) / UPLOAD).is_file()


def keep_look(run: str, look: dict[str, Any]) -> None:
    """Keep what the pages show of the file, in place of what was kept before."""
    write_file(run, LOOK, [json.dumps(look)])


def look_of(run: str) -> dict[str, Any]:
    """What the pages show of the file; empty where it is gone."""
    try:
        found: dict[str, Any] = json.loads(_content(run, LOOK))
    except InputError:
        return {}
    return found


def write_file(run: str, name: str, lines: Iterable[str]) -> None:
    """Write a file into the folder, line by line, in place of the one before. Raises `InputError` where the folder is gone,
    `StoreError` where the disk does not take it."""
    folder = folder_of(run)
    if not _is_ours(folder):
        raise InputError(_GONE, hint="upload it again")
    new = folder / f"{name}.new"
    try:
        new.unlink(missing_ok=True)
        with _open_new(new) as file:
            for line in lines:
                file.write(line.encode("utf-8", "replace"))
        new.replace(folder / name)
    except OSError:
        raise StoreError("a file cannot be written", hint="see that the disk is not full") from None


def errors_of(run: str) -> bytes | None:
    """The rows with errors as CSV, None where there is no such file any more."""
    try:
        return _content(run, ERRORS)
    except InputError:
        return None


def remove_errors(run: str) -> None:
    """Delete the rows with errors: there are none any more."""
    if _is_ours(folder_of(run)):
        (folder_of(run) / ERRORS).unlink(missing_ok=True)


def remove_upload(run: str) -> None:
    """Delete the file and what was shown of it; the rows with errors stay."""
    if _is_ours(folder_of(run)):
        for name in (UPLOAD, LOOK):
            (folder_of(run) / name).unlink(missing_ok=True)


def remove(run: str) -> None:
    """Delete all of it."""
    if _is_ours(folder_of(run)):
        shutil.rmtree(folder_of(run), ignore_errors=True)


def _open_new(path: Path) -> Any:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _content(run: str, name: str) -> bytes:
    try:
        if _is_ours(folder_of(run)):
            return (folder_of(run) / name).read_bytes()
    except OSError:
        pass
    raise InputError(_GONE, hint="upload it again")


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder that this user made: others may write into the one around it."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and not folder.is_symlink() and found.st_uid == os.getuid()
