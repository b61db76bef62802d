"""Mail messages (RFC 5322, MIME by RFC 2045 to 2049): headers, bodies and attachments, messages inside messages too.

Headers that only carriers write are left out. So are signatures' certificates. S/MIME and OpenPGP bodies are named as encrypted.
"""

from __future__ import annotations

import email.header
import email.message
import email.parser
import re
from collections.abc import Iterator

from lossproof.block.source import BytesSource, Source
from lossproof.discover.formats import html_page, text
from lossproof.discover.formats.reader import whole
from lossproof.discover.formats.reasons import damaged
from lossproof.discover.spans import Member, Prose, Span, Unread

SUFFIXES = (".eml", ".emlx", ".mht", ".mhtml")
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 2

_PARTS = 10_000
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]")
_SENT = frozenset({"from", "to", "subject", "date", "cc", "reply-to", "sender"})
_CARRIED = frozenset(
    {"received", "mime-version", "message-id", "return-path", "content-type", "delivered-to", "x-mailer"}
)
_NOISE = re.compile(
    r"(received|message-id|dkim-.*|arc-.*|authentication-results|received-spf|references|in-reply-to|content-.*|mime-version|"
    r"return-path|thread-.*|x-.*|list-.*|feedback-id|user-agent|importance|auto-submitted)\Z",
    re.IGNORECASE,
)
_MISREAD = (ValueError, LookupError, TypeError, AttributeError, OSError)
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pgp-encrypted"})


def detect(source: Source, name: str) -> bool:
    """Whether the text begins with a block of headers; a memo with `To:` and `From:` is none, unless its name says so."""
    head = text.head_text(source) if text.is_text(source) else ""
    found = set()
    for line in head[:8192].split("\n"):
        match = _HEADER.match(line)
        if match:
            found.add(match[1].lower())
        elif not line.startswith((" ", "\t")):
            break
    promised = name.lower().endswith(SUFFIXES)
    return bool(found & _SENT) and (promised or bool(found & _CARRIED)) and len(found) >= 2


def texts(source: Source) -> Iterator[Span]:
    """Headers and bodies as prose and rows, attachments as `Member`, encrypted bodies as `Unread`."""
    yield from message_spans(whole(source))


def message_spans(message: bytes) -> Iterator[Span]:
    """The spans of one message. Raises `FormatError` where parts lie inside parts without end."""
    try:
        parsed = email.parser.BytesParser().parsebytes(message)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        raise damaged("a damaged mail message") from None
    # A stack of our own: parts may lie deeper than Python may call.
    stack: list[email.message.Message] = [parsed]
    parts = 0
    while stack:
        part = stack.pop()
        parts += 1
        if parts > _PARTS:
            yield Unread("the rest of the message", "archive_bomb", "too many parts")
            return
        if part is parsed or part.get("from") or part.get("subject"):
            yield from _headers(part)
        if part.get_content_type() in _ENCRYPTED or _is_enveloped(part):
            yield Unread("the body of the message", "encrypted", "an encrypted message")
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            stack.extend(message for message in reversed(inner) if isinstance(message, email.message.Message))
        else:
            yield from _leaf(part)


def _headers(part: email.message.Message) -> Iterator[Span]:
    lines = []
    for name, value in part.items():
        if not _NOISE.match(name):
            lines.append(f"{name}: {_decoded(value)}")
    if lines:
        yield Prose("\n".join(lines) + "\n", "headers")


def _decoded(value: object) -> str:
    """A header's value with its encoded words (RFC 2047) decoded, on one line."""
    try:
        words = email.header.decode_header(
            str(value).encode("utf-8", "surrogateescape").decode("utf-8", "lossproof.windows")
        )
        found = "".join(
            text.declared(word, charset or "utf-8") if isinstance(word, bytes) else word for word, charset in words
        )
    except (ValueError, LookupError, TypeError, email.errors.HeaderParseError):
        found = str(value)
    return re.sub(r"\s+", " ", found)


def _leaf(part: email.message.Message) -> Iterator[Span]:
    kind = part.get_content_type()
    try:
        content = part.get_payload(decode=True)
    except _MISREAD:
        yield Unread("a part of the message", "damaged", "a part that could not be decoded")
        return
    try:
        name = _decoded(part.get_filename() or "")
        charset = part.get_content_charset() or "utf-8"
    except _MISREAD:
        name, charset = "", "utf-8"
    if not isinstance(content, bytes) or not content:
        return
    if kind == "text/html" and not name:
        yield from html_page.page_spans([text.declared(content, charset)])
    elif kind.startswith("text/") and not name and kind != "text/calendar":
        yield Prose(text.declared(content, charset).rstrip("\n") + "\n")
    else:
        yield Member(name or f"attachment.{kind.rpartition('/')[2]}", BytesSource(content))


def _is_enveloped(part: email.message.Message) -> bool:
    """Whether a part is S/MIME enveloped data (RFC 8551)."""
    if part.get_content_type() not in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return False
    return "signed" not in str(part.get("content-type", "")).lower()
