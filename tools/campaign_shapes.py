"""Damage that keeps to a shape, so that it comes past the first check and reaches what stands behind it.

Each takes a good file and a source of chance, and gives one like it in which a few things are other than they were: values of a
JSON text, cells and lines of a text, the statement inside an envelope. Bytes at random are `campaign_fuzz.damaged`.
"""

from __future__ import annotations

import base64
import copy
import json
import random
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lossproof.ledger.keys import PrivateKey

DEEP = 3000
MOST_BYTES = 1 << 20
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 255, 1 << 31, (1 << 53) + 1, 1 << 63, -(1 << 63) - 1, 1 << 64, 10**400),
    *(0.5, -0.0, 1e308, float("inf"), float("nan")),
    *(
        "",
        " ",
        "\0",
        "a" * 5000,
        "\ud800",
        "\u202eabc",
        "\u0661\u0662",
        "\u0130",
        "=1+1",
        "a\nb",
        "null",
        "1e400",
        "-1",
        "0x10",
    ),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "2026-11-23T09:14:00Z", "9" * 5000),
    *("0" * 32, "f" * 64, "F" * 64, "g" * 64, "0" * 63, "AAAA", "AAA", "A" * 88, "../../x", "age1x"),
    *([], {}, [[]], {"": {}}, ["x"] * 600, {"x": 1}),
)
"""What has been the wrong value somewhere before."""
_ENVELOPE = re.compile(rb'(\{"payload":")([A-Za-z0-9+/=]+)(",.*)', re.DOTALL)
_LONG = re.compile(rb'"(9{5000})"')
"""A number that Python does not write, which stands among the texts."""
_BREAK = re.compile(rb"(\r\n|\n|[ ,;\t=\"'\[\]{}:|]+)")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of a value and of everything in it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in places(one, (*path, key)))]


def changed_value(value: Any, draw: random.Random) -> Any:
    """A copy of a JSON value, changed in one place: replaced, left out, doubled, renamed, wrapped, or moved from elsewhere in it."""
    value = copy.deepcopy(value)
    every = places(value)
    path = draw.choice(every)
    if not path:
        return draw.choice(VALUES) if draw.random() < 0.2 else value
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    key, old = path[-1], holder[path[-1]]
    match draw.randrange(7):
        case 0 | 1 | 2:
            holder[key] = copy.deepcopy(draw.choice(VALUES))
        case 3:
            del holder[key]
        case 4 if isinstance(holder, list):
            holder[key:key] = [copy.deepcopy(old)] * draw.choice((1, 2, 20))
        case 4:
            holder[draw.choice((f"{key}x", key.upper(), "", "\ud800", "__class__"))] = old
        case 5:
            holder[key] = [old] if draw.random() < 0.5 else {key if isinstance(key, str) else "x": old}
        case _:
            other: Any = value
            for step in draw.choice(every):
                if (isinstance(other, dict) and step not in other) or (isinstance(other, list) and step >= len(other)):
                    break
                other = other[step]
            holder[key] = copy.deepcopy(other)
    return value


def in_json(text: bytes, draw: random.Random, *, canonical: bool = False) -> bytes:
    """A JSON text, or lines of them, with a few values changed; `canonical` is written as the log writes it. What is none stays."""
    try:
        value = json.loads(text.decode("utf-8-sig"))
    except ValueError:
        lines = text.split(b"\n")
        at = draw.randrange(len(lines))
        try:
            json.loads(lines[at])
        except ValueError:
            return in_words(text, draw)
        return b"\n".join((*lines[:at], in_json(lines[at], draw, canonical=True), *lines[at + 1 :]))
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        value = changed_value(value, draw)
    if draw.random() < 0.01:
        return b"[" * DEEP + text + b"]" * DEEP
    if canonical:
        return _LONG.sub(rb"\1", _canonical(value, ascii_alone=draw.random() < 0.9))
    return _LONG.sub(rb"\1", json.dumps(value).encode()) if draw.random() < 0.5 else json.dumps(value).encode()


def _canonical(value: Any, *, ascii_alone: bool) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_alone)
    return text.encode("utf-8", "surrogatepass")


def in_words(text: bytes, draw: random.Random) -> bytes:
    """A text of lines and words with a few left out, doubled, exchanged, or replaced by what has been wrong before."""
    parts = _BREAK.split(text)
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        at, other = draw.randrange(len(parts)), draw.randrange(len(parts))
        match draw.randrange(6):
            case 0:
                parts[at] = b""
            case 1:
                parts[at] *= draw.choice((2, 3, 200))
            case 2:
                parts[at], parts[other] = parts[other], parts[at]
            case 3:
                parts[at] = parts[other]
            case 4:
                parts[at] = _word(draw)
            case _:
                lines = b"".join(parts).split(b"\n")
                line = draw.randrange(len(lines))
                lines[line:line] = [draw.choice(lines)] * draw.choice((1, 1, 30))
                parts = _BREAK.split(b"\n".join(lines))
        if sum(map(len, parts)) > MOST_BYTES:
            break
    return b"".join(parts)[:MOST_BYTES]


def _word(draw: random.Random) -> bytes:
    value = draw.choice(VALUES)
    spelt = str(value) if isinstance(value, str | float) else json.dumps(value)
    return spelt.encode("utf-8", "surrogatepass")


def in_envelope(envelope: bytes, draw: random.Random) -> bytes:
    """An envelope whose statement is changed and is canonical again; the signature is the old one, and no longer holds."""
    match = _ENVELOPE.fullmatch(envelope)
    if match is None or draw.random() < 0.1:
        return in_json(envelope, draw, canonical=True)
    payload = in_json(base64.b64decode(match[2]), draw, canonical=True)
    return match[1] + base64.b64encode(payload) + match[3]


def in_canonical(text: bytes, draw: random.Random) -> bytes:
    """A JSON text with a few values changed, in the one spelling that the log knows."""
    return in_json(text, draw, canonical=True)


def resigned(envelope: bytes, draw: random.Random, key: PrivateKey) -> bytes:
    """An envelope whose statement is changed, and signed anew by a key: its signature holds."""
    from lossproof.errors import FormatError
    from lossproof.ledger.envelope import sign_statement

    match = _ENVELOPE.fullmatch(in_envelope(envelope, draw))
    if match is None:
        return envelope
    try:
        return sign_statement(base64.b64decode(match[2]), key)
    except (FormatError, ValueError):  # nothing is left, too much, or no base64
        return envelope
