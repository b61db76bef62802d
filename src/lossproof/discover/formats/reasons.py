"""Why a file or a part of one was not read: the stable codes, their words, and the errors that carry them.

Each error's `code` is a key of `REASONS`, and so is the `reason` of each `Unread` that a format yields.
"""

from __future__ import annotations

import binascii
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from lossproof.errors import FormatError, KeyRequiredError, UnsupportedError

REASONS = {
    "damaged": "the bytes do not follow the format they claim",
    "encrypted": "a password or key is needed",
    "too_large": "too large to be read safely",
    "archive_bomb": "an archive that unpacks to far more than a medium holds",
    "image_not_read": "a photograph or scan: not read, no OCR",
    "scanned_page": "a page that is only a picture: not read, no OCR",
    "media_not_read": "sound or video: not read",
    "program_not_read": "a program: not read",
    "archive_not_read": "a kind of archive that is not read",
    "unsupported_format": "a kind of document that is not read; its plain text was",
    "unknown_format": "a kind of file that is not known; its plain text was read",
}
"""Every code, with one plain sentence."""

_MISREAD = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RecursionError, TypeError, ValueError,
    binascii.Error, lzma.LZMAError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What the standard library's own readers have been seen to raise when they are given damaged bytes."""


def damaged(message: str) -> FormatError:
    """The error for bytes that break their format's rules; `message` says which rule."""
    error = FormatError(message)
    error.code = "damaged"
    return error


def unsupported(code: str, message: str = "") -> UnsupportedError:
    """The error for something that is not read, with one of `REASONS` as its code and, unless given, its message."""
    error = UnsupportedError(message or REASONS[code])
    error.code = code
    return error


def locked(message: str) -> KeyRequiredError:
    """The error for bytes that only a password or a key opens."""
    error = KeyRequiredError(message, hint="open it with its password and check it again")
    error.code = "encrypted"
    return error


@contextmanager
def misreadings(what: str) -> Iterator[None]:
    """Turn what a library raises on damaged bytes into our own errors; `what` names the format, such as `zip archive`."""
    try:
        yield
    except NotImplementedError:
        raise unsupported("unsupported_format", f"a {what} of a kind that is not read") from None
    except MemoryError:
        raise unsupported("too_large", f"a {what} that needs too much memory") from None
    except _MISREAD:
        raise damaged(f"a damaged {what}") from None
