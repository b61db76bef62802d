"""Kinds of files that are known and not read, each named with its reason: pictures, sound, video, programs, other archives.

Documents of kinds that are not read (Word before 2007, Outlook messages, databases of other makes) still give the text that a
finder could see in them.
"""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import visible
from lossproof.discover.formats.ole2 import MAGIC as COMPOUND
from lossproof.discover.formats.ole2 import CompoundFile
from lossproof.discover.formats.reasons import locked, unsupported
from lossproof.discover.spans import Prose, Span
from lossproof.errors import LossproofError

_KINDS: tuple[tuple[str, int, tuple[bytes, ...]], ...] = (
    ("image_not_read", 0, (
        b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"II+\x00", b"8BPS",
        b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51", b"\x00\x00\x01\x00", b"\xd7\xcd\xc6\x9a", b"IIRO", b"IIU\x00", b"FUJIFILM",
        b"AT&TFORM", b"gimp xcf", b"%!PS-Adobe-3.0 EPSF",
    )),
    ("image_not_read", 8, (b"WEBP",)),
    ("image_not_read", 4, (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftypavif", b"ftypcrx ")),
    ("media_not_read", 0, (
        b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"FLV\x01", b"\x00\x00\x01\xba",
        b"\x00\x00\x01\xb3", b"0&\xb2u\x8ef\xcf\x11", b"MThd", b"#!AMR", b"FORM", b".snd",
    )),
    ("media_not_read", 4, (b"ftyp", b"moov", b"mdat", b"wide", b"free")),
    ("media_not_read", 8, (b"WAVE", b"AVI ", b"AIFF")),
    ("program_not_read", 0, (
        b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
        b"\x00asm", b"dex\n03", b"!<arch>\n", b"L\x00\x00\x00\x01\x14\x02\x00", b"wOFF", b"wOF2", b"\x00\x01\x00\x00\x00", b"OTTO",
        b"true\x00",
    )),
    ("archive_not_read", 0, (
        b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF", b"ISc(", b"(\xb5/\xfd", b"\x04\"M\x18", b"\x1f\x9d", b"\x1f\xa0",
        b"xar!", b"StuffIt", b"LZIP", b"MSWIM\x00\x00\x00", b"\xed\xab\xee\xdb",
    )),
    ("archive_not_read", 2, (b"-lh0-", b"-lh1-", b"-lh5-", b"-lh6-", b"-lh7-")),
)  # fmt: skip
"""(reason, offset, marks at that offset)."""

_WITH_TEXT: tuple[tuple[int, tuple[bytes, ...]], ...] = (
    (0, (
        b"!BDN", b"\x00\x01\x00\x00Standard Jet DB", b"\x00\x01\x00\x00Standard ACE DB", b"PAR1", b"\x89HDF\r\n", b"$FL2", b"$FL3",
        b"\x78\x9f\x3e\x22", b"\xdb\xa5", b"\x09\x08\x10\x00\x00\x06", b"WPC", b"\xffWPC", b"<!--MIME", b"SIMPLE  =", b"AC10",
        b"ITSF", b"bplist00", b"regf", b"ElfFile\x00", b"\x31\xbe\x00\x00",
    )),
    (128, (b"DICM",)),
)  # fmt: skip
"""Documents and databases of known kinds that are not read and hold text in the clear."""

_LOCKED: tuple[tuple[str, bytes], ...] = (
    ("an age file that needs its key", b"age-encryption.org/v1"),
    ("an age file that needs its key", b"-----BEGIN AGE ENCRYPTED FILE-----"),
    ("an OpenPGP message that needs its key", b"-----BEGIN PGP MESSAGE-----"),
    ("a password safe that needs its password", b"\x03\xd9\xa2\x9a"),
    ("a file that needs its password", b"Salted__"),
    ("a file that needs its password", b"AES\x02"),
    ("an encrypted disk image", b"encrcdsa"),
)

SUFFIXES = (
    ".doc", ".dot", ".ppt", ".pps", ".msg", ".mdb", ".accdb", ".pst", ".ost", ".pub", ".vsd", ".one", ".wpd", ".mpp", ".dcm",
    ".7z", ".rar", ".cab", ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".mp3", ".m4a", ".wav",
    ".ogg", ".flac", ".wma", ".mp4", ".mov", ".avi", ".mkv", ".wmv", ".mpg", ".exe", ".dll", ".msi", ".so", ".kdbx", ".age",
)  # fmt: skip
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 3

_SEVEN_ZIP_AES = b"\x06\xf1\x07\x01"


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the bytes begin as one of the kinds known here does."""
    head = source.read_at(0, 256)
    return head.startswith(COMPOUND) or bool(_locked(head) or _with_text(head) or _reason(head))


def texts(source: Source) -> Iterator[Span]:
    """The visible text of a document; always raises `UnsupportedError` or `KeyRequiredError` in the end."""
    head = source.read_at(0, 256)
    if secret := _locked(head):
        raise locked(secret)
    if head.startswith(COMPOUND):
        _check_password(source)
    elif not _with_text(head):
        if _is_locked_archive(source, head):
            raise locked("an archive that needs a password")
        raise unsupported(_reason(head))
    for block in visible.strings(source):
        yield Prose(block)
    raise unsupported("unsupported_format")


def _locked(head: bytes) -> str:
    return next((what for what, mark in _LOCKED if head.startswith(mark)), "")


def _with_text(head: bytes) -> bool:
    return any(head.startswith(marks, offset) for offset, marks in _WITH_TEXT)


def _reason(head: bytes) -> str:
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image_not_read"
    if head.startswith(b"MZ") and len(head) >= 64:
        return "program_not_read"
    return next((reason for reason, offset, marks in _KINDS if head.startswith(marks, offset)), "")


def _check_password(source: Source) -> None:
    """Raise `KeyRequiredError` for an encrypted package (MS-OFFCRYPTO) and for an encrypted Word document (MS-DOC, FibBase)."""
    try:
        container = CompoundFile(source)
        word = container.read("WordDocument")[:12] if "WordDocument" in container.streams else b""
    except LossproofError:
        return
    if "EncryptedPackage" in container.streams or "EncryptedSummary" in container.streams:
        raise locked("a document that needs a password")
    if len(word) == 12 and word[11] & 0x01:
        raise locked("a document that needs a password")


def _is_locked_archive(source: Source, head: bytes) -> bool:
    """7z: AES in the header at the end. RAR 4: the header's password flag. RAR 5: an encryption header after the mark."""
    if head.startswith(b"7z"):
        offset = int.from_bytes(head[12:20], "little")
        return _SEVEN_ZIP_AES in source.read_at(32 + offset, 1 << 16)
    if head.startswith(b"Rar!\x1a\x07\x00"):
        return bool(head[10] & 0x80) if len(head) > 10 and head[9] == 0x73 else False
    return head.startswith(b"Rar!\x1a\x07\x01\x00") and head[13:14] == b"\x04"
