"""What a command gives: a report for a person or JSON for a program, and files that are whole or not there."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from lossproof.errors import InputError, StoreError
from lossproof.model.volume import Inspection

if TYPE_CHECKING:
    from pathlib import Path

    from lossproof.agent.reporter import Reported
    from lossproof.jobs.recording import Recorded
    from lossproof.model.holding import Holding
    from lossproof.model.verdict import Verdict


def give(value: Verdict | Inspection | Holding, *, as_json: bool, recorded: Recorded | Reported | None = None) -> None:
    """Print an answer, as one line of JSON or as one screen for a person; with the receipt where it was recorded or reported."""
    if as_json:
        from lossproof.wire.output import line, shape_of

        shape = shape_of(value)
        if recorded is not None:
            shape[type(recorded).__name__.lower()] = recorded.shape()
        say(line(shape))
        return
    from lossproof.report import terminal

    look: dict[str, Any] = {
        "width": min(100, os.get_terminal_size(1).columns) if sys.stdout.isatty() else 80,
        "colour": sys.stdout.isatty() and "NO_COLOR" not in os.environ,
        "unicode": (sys.stdout.encoding or "").lower().startswith("utf"),
    }
    if isinstance(value, Inspection):
        text = terminal.render_inspection(value, **look)
    elif _is_verdict(value):
        text = terminal.render(value, **look)
    else:
        text = terminal.render_holding(cast("Holding", value), **look)
    say(text.rstrip("\n"))
    if recorded is not None:
        say("")
        recorded_words(recorded)


def recorded_words(done: Recorded | Reported) -> None:
    """Say where what was seen went."""
    from lossproof.jobs.recording import Recorded

    if isinstance(done, Recorded):
        from lossproof.cli.ledger.said import say_recorded

        say_recorded(done)
    else:
        from lossproof.cli.reporting import say_reported

        say_reported(done)


def warn(line: str) -> None:
    """Print a line on standard error now."""
    print(line, file=sys.stderr, flush=True)


def say(line: str) -> None:
    """Print a line now. Raises `StoreError` where standard output takes no more, as on a full disk."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(f"standard output: {error.strerror}") from None


def _is_verdict(value: Verdict | Holding) -> TypeGuard[Verdict]:
    """Told by its field: importing the classes would cost `inspect` modules that it does not need."""
    return hasattr(value, "exposed")


def refuse_unwritable(path: Path, *, target: Path | None = None) -> None:
    """Raise `InputError` now where a file could not be written later, after long work, or would take the target's place."""
    folder = path.parent
    if os.path.isdir(path):  # noqa: PTH112  pathlib's raises where a folder above may not be entered
        raise InputError(f"{path}: a folder", hint="name a file")
    if not os.path.isdir(folder):  # noqa: PTH112
        raise InputError(f"{folder}: no such folder", hint="make it first, or name a file elsewhere")
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        raise InputError(f"{path}: not a file", hint="name a file, new or old")
    if target is not None and os.path.exists(path) and os.path.exists(target) and os.path.samefile(path, target):  # noqa: PTH110, PTH121
        raise InputError(f"{path}: this is what is to be checked", hint="name another file")
    if not os.access(folder, os.W_OK):
        raise InputError(f"{folder}: you may not write there")


def write_whole(path: Path, text: str) -> None:
    """Write a text by way of a temporary file beside it: whole, or as it was. Raises `StoreError`."""
    write_bytes_whole(path, text.encode("utf-8", "backslashreplace"))


def write_bytes_whole(path: Path, content: bytes) -> None:
    """`write_whole`, of bytes."""
    temporary = f"{path.parent}{os.sep}.{path.name}.{os.getpid()}"
    try:
        with open(temporary, "xb") as file:  # noqa: PTH123  pathlib's would be one more module to load
            file.write(content)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        if isinstance(error, OSError):
            raise StoreError(f"{path}: {error.strerror}") from None
        raise
