"""Make a made-up stick: a folder as a hospital's contractor might have lost it, and the truth about it.

The same seed and number of people give the same bytes on every machine: chance, compression, times and encodings are
our own (`stream.py`, `archive.py`); only the layout of database pages is SQLite's. Nothing depends on locale, time
zone or hash order.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lossproof.errors import InputError
from lossproof.sample import clinic, clutter, contractor, letters, personnel
from lossproof.sample.filling import Filling
from lossproof.sample.people import populate
from lossproof.sample.stream import Stream
from lossproof.sample.truth import Truth, settle

MOST_PEOPLE = 500_000
_FILLED_AT = datetime(2009, 9, 14, 17, 30, tzinfo=UTC)


def fill(*, people: int, seed: int) -> tuple[dict[str, bytes], Truth]:
    """The files of a stick by their paths (with `/`), in order of their paths, and the truth about them.

    Exactly `people` different persons stand on it with a strong identifier or a name and a birth date: 84 % patients,
    3 % staff, 13 % offenders. Raises `InputError` unless there are 1 to `MOST_PEOPLE`. Everything is held in memory:
    about 6 kB a person.
    """
    _require_possible(people)
    filling = Filling(seed=seed, population=populate(seed, people))
    for part in (clinic, letters, contractor, personnel, clutter):
        part.write(filling)
    truth = settle(seed, filling.mentions, filling.not_examined, filling.without_people)
    return dict(sorted(filling.files.items())), truth


def make(folder: Path, *, people: int, seed: int) -> Truth:
    """Write the stick into `folder`, which is made if it is not there, and return the truth about it.

    Raises `InputError` when the folder holds anything already: nothing is ever overwritten. Interrupted, it takes away
    what it wrote.
    """
    _require_possible(people)
    made = not folder.exists()
    _require_empty(folder)
    files, truth = fill(people=people, seed=seed)
    written: list[Path] = []
    try:
        for path, content in files.items():
            _write(folder, path, content, written)
        _set_times(seed, folder, written)
    except BaseException as stopped:
        _take_away(written, folder if made else None)
        if isinstance(stopped, OSError):
            raise InputError(f"{folder}: the sample could not be written: {stopped.strerror}") from stopped
        raise
    return truth


def _require_possible(people: int) -> None:
    if not 1 <= people <= MOST_PEOPLE:
        raise InputError(f"a sample holds 1 to {MOST_PEOPLE} people")


def _require_empty(folder: Path) -> None:
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"{folder}: not empty", hint="name a folder that is empty or not there yet")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}") from error


def _write(folder: Path, path: str, content: bytes, written: list[Path]) -> None:
    target = folder / path
    missing = [parent for parent in target.parents if parent.is_relative_to(folder) and not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir()
        written.append(parent)
    with target.open("xb") as file:
        written.append(target)
        file.write(content)


def _set_times(seed: int, folder: Path, written: list[Path]) -> None:
    """Give every file a time of the afternoon on which the stick was filled.

    Only after everything is written, because a new file changes its folder's time.
    """
    stream = Stream(seed, "times")
    for path in written:
        moment = _FILLED_AT - timedelta(seconds=2 * stream.below(4 * 1800))
        os.utime(path, (moment.timestamp(), moment.timestamp()))
    os.utime(folder, (_FILLED_AT.timestamp(), _FILLED_AT.timestamp()))


def _take_away(written: list[Path], made: Path | None) -> None:
    for path in reversed(written):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    if made is not None:
        made.rmdir()
