"""What the scanner and its confined workers say to each other: msgpack messages over a Unix socket, descriptors beside them.

A worker parses hostile bytes, so what it sends is decoded strictly into these classes and is bounded in size and time; nothing
of it is ever unpickled or executed. Each message is a 4-byte big-endian length and a msgpack map. Requests may carry one
descriptor (SCM_RIGHTS): the file to read, or the image. Replies carry none.
"""

from __future__ import annotations

import array
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from lossproof.errors import FormatError

MESSAGE_BYTES = 1 << 28
"""No message is longer: a worker that says otherwise is not believed."""

_LENGTH = struct.Struct(">I")
_Message = TypeVar("_Message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Work for a worker. `kind`: `file` or `table` (a descriptor of the file comes along), or of the image given by `image` (once,
    with its descriptor): `list` a volume, read one `entry` of it, read `raw` ranges of the image. A `table` is answered by its rows.

    `offset_bytes` and `size_bytes` are the volume's for `list` and `entry`, whose file has `file_bytes`; else the file's own.
    """

    kind: str
    name: str = ""
    offset_bytes: int = 0
    size_bytes: int = 0
    address: int = 0
    attribute: tuple[int, int] | None = None
    deleted: bool = False
    encrypted: bool = False
    file_bytes: int = 0
    ranges: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One file of a volume, to be asked for with `entry`."""

    name: str
    size_bytes: int
    address: int
    attribute: tuple[int, int] | None
    deleted: bool
    mixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Some of the answer; the last one for a request has `done`.

    `mentions` are the fields of `Mention`; `identifiers` are (kind, value, how often); `unread` are (where, reason, text); `rows`
    are the next ones of a table, `table` which of the file's tables it is, counting from 0.
    """

    done: bool
    mentions: list[tuple[str, str, str, list[tuple[str, str]], list[str], str, str, str, list[str]]] = field(
        default_factory=list
    )
    identifiers: list[tuple[str, str, int]] = field(default_factory=list)
    unread: list[tuple[str, str, str]] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    ranges: list[tuple[int, int]] = field(default_factory=list)
    scanned_bytes: int = 0
    blank: bool = False
    opaque_bytes: int = 0
    possible: int = 0
    rows: list[list[str]] = field(default_factory=list)
    table: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A worker's first message: what of its confinement the system could not enforce."""

    not_enforced: list[str]


def sendable(text: str) -> str:
    """A file's name as it can be sent: bytes of it that are no UTF-8 written out. Files are asked for by address or descriptor."""
    return text.encode("utf-8", "backslashreplace").decode()


def send(channel: socket.socket, message: object, fd: int | None = None) -> None:
    """Send one message, and a descriptor with it if given."""
    payload = msgspec.msgpack.encode(message, enc_hook=_refuse)
    header = _LENGTH.pack(len(payload))
    if fd is not None:
        channel.sendmsg([header], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
    else:
        channel.sendall(header)
    channel.sendall(payload)


def receive(channel: socket.socket, kind: type[_Message], *, patience_seconds: float | None = None) -> _Message:
    """One message of the given class. Descriptors that came with it are dropped by the kernel, unopened.

    Raises `EOFError` when the other side is gone, `FormatError` when it sends anything else, and `TimeoutError` when the
    whole message is not there within `patience_seconds` of its beginning (None: however long it takes).
    """
    return _message(channel, kind, b"", None if patience_seconds is None else time.monotonic() + patience_seconds)


def receive_with_descriptor(channel: socket.socket, kind: type[_Message]) -> tuple[_Message, int | None]:
    """As `receive`, with the descriptor that came along, if any; the caller closes it. For the side that trusts the other."""
    begun, ancillary, _, _ = channel.recvmsg(_LENGTH.size, socket.CMSG_LEN(array.array("i").itemsize))
    if not begun:
        raise EOFError
    fd = None
    for level, what, body in ancillary:
        if level == socket.SOL_SOCKET and what == socket.SCM_RIGHTS and len(body) >= 4:
            fd = array.array("i", body[:4])[0]
    return _message(channel, kind, begun, None), fd


def _message(channel: socket.socket, kind: type[_Message], begun: bytes, until: float | None) -> _Message:
    """The message whose first bytes are `begun`, all of it read before the moment `until` of the monotonic clock."""
    header = begun + _exactly(channel, _LENGTH.size - len(begun), until)
    (length,) = _LENGTH.unpack(header)
    if length > MESSAGE_BYTES:
        raise FormatError("a worker sent an oversized message")
    try:
        return msgspec.msgpack.decode(_exactly(channel, length, until), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise FormatError("a worker sent a malformed message") from None


def _exactly(channel: socket.socket, size: int, until: float | None) -> bytearray:
    parts = bytearray()
    while len(parts) < size:
        if until is not None:
            # Never 0: that would make the socket non-blocking, whose error says something else.
            channel.settimeout(max(0.001, until - time.monotonic()))
        part = channel.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return parts


def _refuse(value: object) -> object:
    raise TypeError(f"cannot send a {type(value).__name__}")
