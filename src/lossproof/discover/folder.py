"""What is in a folder: its regular files, opened as what they were listed as; everything else goes to `skip` with its reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path


def open_file(path: Path) -> int:
    """A descriptor of the very file that was listed: still a regular file, not a link, not a pipe put in its place."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(22, "no longer a regular file")
    return fd


def walk(root: Path, skip: Callable[[str, str, str], None], volumes: set[int]) -> Iterator[tuple[str, int]]:
    """(path below root, size) of each regular file; what is not one, or cannot be listed, goes to `skip`.

    `volumes` takes the device number of every folder that is entered: another volume may be mounted below the root.
    """
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
            volumes.add((root / folder).stat().st_dev)
        except PermissionError:
            skip(folder or ".", "permission", "you may not list this folder")
            continue
        except OSError as error:
            skip(
                folder or ".",
                "vanished" if isinstance(error, FileNotFoundError) else "unreadable",
                error.strerror or "",
            )
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                if entry.is_symlink():
                    if not _inside(root, root / path):
                        skip(path, "link", "a link that leads out of the folder or nowhere: not followed")
                elif entry.is_dir():
                    pending.append(path)
                elif entry.is_file():
                    yield path, entry.stat(follow_symlinks=False).st_size
                else:
                    skip(path, "special_file", "a pipe, socket or device: not opened")
            except OSError as error:
                skip(path, "vanished" if isinstance(error, FileNotFoundError) else "unreadable", error.strerror or "")


def _inside(root: Path, link: Path) -> bool:
    """Whether a link leads to something below the root, which is examined under its own name."""
    try:
        return link.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False
