"""Mail messages with attachments.

Specifications: RFC 5322 (headers), RFC 2045 to 2047 (MIME parts, quoted-printable, base64, encoded words). Written out
here, not by the `email` package, whose folding of headers has changed between versions of Python.
"""

from __future__ import annotations

import base64
import quopri
from datetime import datetime
from typing import NamedTuple

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Attachment(NamedTuple):
    """A file that travels with a message."""

    name: str
    content_type: str
    content: bytes


def message(
    *,
    sender: tuple[str, str],
    recipient: tuple[str, str],
    subject: str,
    sent_at: datetime,
    body: str,
    attachment: Attachment | None,
) -> bytes:
    """A message from and to (name, address), its body in quoted-printable, its attachment in base64; lines end in CR
    LF."""
    stamp = f"{_DAYS[sent_at.weekday()]}, {sent_at.day:02} {_MONTHS[sent_at.month - 1]} {sent_at.year} {sent_at:%H:%M:%S} +0100"
    headers = [
        f"From: {_word(sender[0])} <{sender[1]}>",
        f"To: {_word(recipient[0])} <{recipient[1]}>",
        f"Subject: {_word(subject)}",
        f"Date: {stamp}",
        f"Message-ID: <{sent_at:%Y%m%d%H%M%S}.{len(body)}@northmere-infirmary.example>",
        "MIME-Version: 1.0",
    ]
    text = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", _quoted(body)]
    if attachment is None:
        return "\r\n".join([*headers, *text, ""]).encode()
    boundary = f"=_part_{sent_at:%Y%m%d%H%M%S}_{len(attachment.content)}"
    encoded = base64.encodebytes(attachment.content).decode().strip().replace("\n", "\r\n")
    return "\r\n".join(
        [
            *headers,
            f'Content-Type: multipart/mixed; boundary="{boundary}"',
            "",
            f"--{boundary}",
            *text,
            f"--{boundary}",
            f'Content-Type: {attachment.content_type}; name="{attachment.name}"',
            f'Content-Disposition: attachment; filename="{attachment.name}"',
            "Content-Transfer-Encoding: base64",
            "",
            encoded,
            f"--{boundary}--",
            "",
        ]
    ).encode()


def _word(text: str) -> str:
    """A header's words, encoded where they are not ASCII (RFC 2047)."""
    return text if text.isascii() else f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def _quoted(body: str) -> str:
    return quopri.encodestring(body.encode()).decode().replace("\n", "\r\n")
