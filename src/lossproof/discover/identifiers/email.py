"""E-mail address: a local part of at most 64 characters and a domain name that ends in two letters or more.

The part of RFC 5321 that people use: dot-strings without quotes. Left out: quoted local parts, address literals and addresses
with letters outside ASCII. A domain that ends like a file (`photo@2x.png`) is refused.

>>> validate("Jo.O'Brien@Example.ORG")
"jo.o'brien@example.org"
>>> validate("photo@2x.png")
Traceback (most recent call last):
lossproof.errors.FormatError: not an e-mail address
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.runs import IntArray, Runs, Spans, byte_set, no_spans, normalise
from lossproof.errors import FormatError

NAME = "email"
SOURCE = "RFC 5321 section 4.1.2 (dot-string, domain)"
CATEGORY: str | None = None
# Couples and whole teams share an address.
STRONG = False
# Nothing else has this shape.
ALONE = True
YIELDS_TO: tuple[str, ...] = ()
CONTEXT = ("email", "e-mail", "mail", "contact")
HEADERS = (
    "email", "e mail", "emails", "email address", "e mail address", "emailaddress", "email addr", "mail", "e mail addr", "email id",
    "work email", "home email", "personal email", "private email", "contact email", "email 1", "email 2", "email1", "email2",
    "primary email", "email work", "email home", "nhs email", "nhsmail", "next of kin email", "parent email", "staff email",
    "patient email", "alternative email", "sender", "recipient", "electronic mail", "preferred email",
)  # fmt: skip
_ATOM = r"[A-Za-z0-9_%+&'-]"
_LOCAL = rf"[A-Za-z0-9_]{_ATOM}{{0,63}}(?:\.{_ATOM}{{1,63}}){{0,31}}"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}"
PATTERN = re.compile(
    rf"(?<![A-Za-z0-9_%+&])(?<![A-Za-z0-9_%+&][.'-]){_LOCAL}@{_DOMAIN}(?![A-Za-z0-9_@])(?!-[A-Za-z0-9])(?!\.[A-Za-z])"
)

_SHAPE = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_FILE_SUFFIXES = "png jpg jpeg gif svg webp js css htm html pdf txt doc docx xls xlsx csv zip exe dll so"
_NO_DOMAINS = frozenset(_FILE_SUFFIXES.split())
_ATOM_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_%+&'-"
_LONGEST_LOCAL = 64
_LONGEST = 320


def candidates(runs: Runs) -> Spans:
    """Spans round each `@`."""
    at = np.flatnonzero(runs.bytes == ord("@"))
    at = at[runs.member(at - 1, _ATOM_BYTES) & runs.word(at + 1)]
    if not len(at):
        return no_spans()
    before = runs.bytes[at[:, None] - 1 - np.arange(_LONGEST_LOCAL + 2)]
    in_local = byte_set(_ATOM_BYTES + b".")[before]
    size = np.where(in_local.all(axis=1), _LONGEST_LOCAL + 2, np.argmin(in_local, axis=1))
    starts = at - size
    dotted = ((before[:, 1:] == ord(".")) & (before[:, :-1] == ord("."))).any(axis=1)
    for odd in np.flatnonzero(dotted | ~runs.word(starts)).tolist():
        local = runs.text[max(0, int(starts[odd])) : int(at[odd])].rpartition("..")[2].lstrip("%+&'.-")
        starts[odd] = at[odd] - len(local)
    starts, ends = runs.match(PATTERN, starts)
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    good = np.array([_is_real(runs.text[start:end]) for start, end in spans], dtype=np.bool_)
    return starts[good], ends[good]


def values(runs: Runs, starts: IntArray, ends: IntArray) -> list[str]:
    """Canonical values of candidates, which are wholly checked."""
    text = runs.text
    return [text[start:end].lower() for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _is_real(address: str) -> bool:
    """Whether an address of the right shape is short enough and does not end like a file."""
    return address.index("@") <= _LONGEST_LOCAL and address[address.rindex(".") + 1 :].lower() not in _NO_DOMAINS


def validate(text: str) -> str:
    """The address in lower case, or `FormatError`."""
    value = normalise(text).strip(" \t\r\n<>\"'").lower().removeprefix("mailto:") if len(text) <= _LONGEST else ""
    shape = _SHAPE.fullmatch(value) if value.isascii() else None
    if shape is None or not _is_real(value):
        raise FormatError("not an e-mail address")
    return value
