"""What a cosigner signs: the messages of the two kinds of cosignature, and the lines of a checkpoint that they are made of.

Specifications: C2SP tlog-cosignature (Ed25519 and ML-DSA-44 messages), C2SP tlog-checkpoint (the first three lines of a
note text). Left out: cosignatures of subtrees that do not begin at leaf 0, which no checkpoint can carry.
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.errors import FormatError
from lossproof.ledger.encoding import MAX_NUMBER, decode_base64, decode_decimal
from lossproof.ledger.tree import HASH_BYTES

TIME_BYTES = 8


class TreeHead(NamedTuple):
    """The first three lines of a checkpoint, and the extension lines after them, which no witness vouches for."""

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...]


def parse_tree_head(text: str) -> TreeHead:
    """The tree head in a checkpoint's note text. Raises `FormatError` where it does not follow tlog-checkpoint."""
    *lines, end = text.split("\n")
    if end or len(lines) < 3 or not all(lines):
        raise FormatError("a checkpoint is not three or more lines that each end in a line feed")
    size = decode_decimal(lines[1], "the tree size of the checkpoint")
    root = decode_base64(lines[2], "the root hash of the checkpoint", size_bytes=HASH_BYTES)
    return TreeHead(lines[0], size, root, tuple(lines[3:]))


def ed25519_message(text: str, at: int) -> bytes:
    """What an Ed25519 cosigner signs over a checkpoint's note text at a POSIX time. It does not name the cosigner, so
    each of its keys has one use.
    """
    return f"cosignature/v1\ntime {_time(at)}\n{text}".encode()


def ml_dsa_44_message(name: str, text: str, at: int) -> bytes:
    """What the ML-DSA-44 cosigner `name` signs over a checkpoint's note text at a POSIX time: the whole tree as a
    subtree that begins at leaf 0. Extension lines are not in it. Raises `FormatError` where the text is no checkpoint.
    """
    head = parse_tree_head(text)
    label = b"subtree/v1\n\x00" + _short(name) + _time(at).to_bytes(TIME_BYTES, "big") + _short(head.origin)
    return label + (0).to_bytes(8, "big") + head.size.to_bytes(8, "big") + head.root


def _time(at: int) -> int:
    if not 0 <= at <= MAX_NUMBER:
        raise FormatError("the time of a cosignature is not between 0 and 2^63 - 1")
    return at


def _short(text: str) -> bytes:
    raw = text.encode()
    if not 1 <= len(raw) <= 255:
        raise FormatError("a name in a cosignature is not 1 to 255 bytes long")
    return bytes((len(raw),)) + raw
