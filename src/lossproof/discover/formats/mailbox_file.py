"""Mailboxes in one file (mbox, RFC 4155 and its relatives): each message a mail of its own. A `>From ` stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats.mail import message_spans
from lossproof.discover.formats.reader import WHOLE_BYTES, pieces
from lossproof.discover.spans import Span, Unread
from lossproof.errors import FormatError

SUFFIXES = (".mbox", ".mbx")
MAGIC = (b"From ",)
CERTAINTY = 3

_FIRST = re.compile(rb"From \S+.*[0-9]{4}.*\r?\n(>From .*\r?\n)?[A-Za-z-]+:")
_BETWEEN = re.compile(rb"\r?\n(?=From \S+ .*[0-9]{4})")


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the first line is a postmark and the second a header."""
    return bool(_FIRST.match(source.read_at(0, 4096)))


def texts(source: Source) -> Iterator[Span]:
    """The spans of every message. One of more than 64 MiB is cut, and said to be."""
    for number, message in enumerate(_messages(source), 1):
        if len(message) >= WHOLE_BYTES:
            yield Unread(f"message {number}", "too_large", "a message that was cut at 64 MiB")
        try:
            yield from message_spans(message.partition(b"\n")[2])
        except FormatError as error:
            yield Unread(f"message {number}", error.code, str(error))


def _messages(source: Source) -> Iterator[bytes]:
    rest = b""
    for piece in pieces(source, 4 << 20):
        *complete, rest = _BETWEEN.split(rest + piece)
        yield from complete
        if len(rest) >= WHOLE_BYTES:
            yield rest
            rest = b"\n"
    if rest.strip():
        yield rest
