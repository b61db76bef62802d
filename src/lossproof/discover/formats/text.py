"""Bytes become text, whatever wrote them: byte order marks, UTF-8, UTF-16 and UTF-32, and Windows-1252 for the rest.

A byte that is not UTF-8 is read as Windows-1252 where it stands, so a file that mixes the two loses nothing. Left out:
other single-byte code pages and the East Asian encodings, whose letters come out wrong and whose digits come out right.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cache

from lossproof.block.source import Source
from lossproof.errors import FormatError, UnsupportedError

HEAD_BYTES = 1 << 16
"""How much of a file is looked at to tell what it is."""

_BLOCK_BYTES = 4 << 20

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; UTF-32's must be asked before UTF-16's, which is its beginning."""

_CHARSETS = (
    "ascii", "big5", "cp437", "cp850", "cp852", "cp866", "cp932", "cp949", "cp950", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
    "cp1255", "cp1256", "cp1257", "cp1258", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "hz", "iso2022_jp", "iso2022_kr",
    "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_9", "iso8859_10",
    "iso8859_13", "iso8859_14", "iso8859_15", "iso8859_16", "koi8_r", "koi8_u", "latin_1", "mac_roman", "shift_jis", "tis_620",
    "utf_7", "utf_8", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le",
)  # fmt: skip
"""Character sets that a mail may declare. Not Python's others: some take quadratic time, some are no character sets."""

_WINDOWS = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))

_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x19\x1c-\x1f\x7f]")
"""Bytes that no single-byte text holds; tab to carriage return, bell, backspace, escape and end-of-file are met in old text."""

_MULTIPLE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")
"""Two bytes that hardly stand together in Windows-1252 and always do in UTF-8 (Latin letters, and all that is not Latin)."""


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    if error.encoding in ("utf-8", "ascii", "charmap"):
        return "".join(_WINDOWS[byte] for byte in wrong), error.end
    return "\ufffd", error.end


codecs.register_error("lossproof.windows", _as_windows)


@cache
def _charset_names() -> frozenset[str]:
    return frozenset(codecs.lookup(name).name for name in _CHARSETS)


def warm() -> None:
    """Load every character set, for a process that is about to lose its file system."""
    for name in _charset_names():
        b"".decode(name)
    codecs.lookup("raw_unicode_escape")  # the mail parser's own


def encoding(head: bytes) -> str | None:
    """The encoding of a text that begins with `head`, as a codec name, or None when the bytes are no text."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    head = head.rstrip(b"\x00")  # the rest of a cluster behind a recovered file
    pairs = len(head) // 2
    low, high = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if pairs >= 2 and max(low, high) > 0.4 * pairs and min(low, high) <= 0.05 * pairs:
        name = "utf-16-le" if high > low else "utf-16-be"
        wide = head[: pairs * 2].decode(name, "replace")
        return name if _share_of_controls(wide.encode("latin-1", "replace")) < 0.01 else None
    return "utf-8" if _share_of_controls(head) < 0.005 else None


def is_text(source: Source) -> bool:
    """Whether the beginning and the middle of a source are text."""
    head = source.read_at(0, HEAD_BYTES)
    name = encoding(head)
    if not head or name is None:
        return False
    try:
        middle = source.read_at(source.size_bytes // 2 & ~3, HEAD_BYTES).rstrip(b"\x00")
    except (FormatError, UnsupportedError):
        return True  # damaged further on; what comes before is text
    return not name.startswith("utf-8") or _share_of_controls(middle) < 0.05


def head_text(source: Source, size_bytes: int = HEAD_BYTES) -> str:
    """The first 64 KiB (or so) as text with `\\n` line ends and no byte order mark; empty when they are no text."""
    head = source.read_at(0, size_bytes)
    name = encoding(head)
    return plain(head, name) if name else ""


def plain(raw: bytes, name: str = "") -> str:
    """Some bytes as text with `\\n` line ends; the encoding is found when it is not given."""
    found = name or encoding(raw) or "utf-8"
    return _unix_lines(raw.decode(found, "lossproof.windows").removeprefix("\ufeff")).rstrip("\x00")


def declared(raw: bytes, charset: str) -> str:
    """Some bytes as text in the character set that a sender declared; found from the bytes when it is not a real one."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError, OSError):
        name = "utf-8"  # one that nobody knows, or that cannot be loaded any more, is no reason to lose the text
    if name in ("utf-8", "ascii", "iso8859-1") or name not in _charset_names():
        return plain(raw, "utf-8")
    return _unix_lines(raw.decode(name, "replace"))


def blocks(source: Source) -> Iterator[str]:
    """A whole text in blocks of at most about 4 Mi characters, cut after a line end, or inside a line that is longer.

    Lines end in `\\n`. Memory is bounded whatever the length of a line.
    """
    name = encoding(source.read_at(0, HEAD_BYTES)) or "utf-8"
    decoder = _Mixed() if name == "utf-8" else codecs.getincrementaldecoder(name)("lossproof.windows")
    rest, offset = "", 0
    while True:
        piece = source.read_at(offset, _BLOCK_BYTES)
        offset += len(piece)
        # A hole of a sparse file is megabytes of zeros: a line end, as far as text goes.
        zeros = bool(piece) and piece.count(0) == len(piece)
        text = rest + ("\n" if zeros else decoder.decode(piece, final=not piece))
        if offset == len(piece):
            text = text.removeprefix("\ufeff")
        if not piece:
            break
        # A carriage return at the end may be half of a line end.
        cut = _cut(text[:-1] if text.endswith("\r") else text)
        if cut:
            yield _unix_lines(text[:cut])
        rest = text[cut:]
    if text := text.rstrip("\x00"):
        yield _unix_lines(text)


def lines(source: Source) -> Iterator[str]:
    """A whole text line by line without line ends; a line longer than a block comes in several."""
    for block in blocks(source):
        start = 0
        while (end := block.find("\n", start)) >= 0:
            yield block[start:end]
            start = end + 1
        if start < len(block):
            yield block[start:]


class _Mixed:
    """Decodes UTF-8 with Windows-1252 in it, piece by piece."""

    def __init__(self) -> None:
        self._carried = b""

    def decode(self, piece: bytes, final: bool = False) -> str:
        """The text of the next piece; a character that is not complete waits for the piece that completes it."""
        raw = self._carried + piece
        keep = 0 if final else _incomplete(raw)
        self._carried = raw[len(raw) - keep :]
        raw = raw[: len(raw) - keep]
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            # Byte by byte through the error handler is slow: where nothing is UTF-8, the other decoder does it at once.
            return raw.decode("utf-8" if _MULTIPLE.search(raw) else "cp1252", "lossproof.windows")


def _incomplete(raw: bytes) -> int:
    """How many bytes at the end begin a UTF-8 character that goes on."""
    for back in range(1, min(4, len(raw) + 1)):
        if raw[-back] >= 0xC0:
            return back if back < (2 if raw[-back] < 0xE0 else 3 if raw[-back] < 0xF0 else 4) else 0
    return 0


def _share_of_controls(head: bytes) -> float:
    return len(_CONTROLS.findall(head)) / len(head) if head else 0.0


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _cut(text: str) -> int:
    """Where to cut: after the last line end, else after the last blank or comma of a long line, else (0) not yet."""
    cut = max(text.rfind("\n"), text.rfind("\r")) + 1
    if cut or len(text) < _BLOCK_BYTES // 2:
        return cut
    return max(text.rfind(" "), text.rfind(","), text.rfind(";")) + 1 or len(text)
