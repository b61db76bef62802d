"""The container of an evidence pack: a ZIP archive that has one possible spelling, so that no byte of it is free.

Specification: docs/reference/evidence-pack.md, "The file"; APPNOTE.TXT 6.3 for the records. Members are stored, in ascending
order of their names, without times, extra fields, comments or ZIP64. Left out: every other ZIP file, which is refused.
"""

from __future__ import annotations

import re
import struct
from binascii import crc32
from collections.abc import Mapping

from lossproof.errors import FormatError

MAX_ARCHIVE_BYTES = 64 << 20
MAX_MEMBERS = 65_000
MAX_NAME_BYTES = 100

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION = 20
_DATE = 33  # 1 January 1980, the first that MS-DOS can write
_NAME = re.compile(r"[!-~]{1,100}")


def write_archive(members: Mapping[str, bytes]) -> bytes:
    """The archive of these members, by name. Raises `FormatError` for a name or a size that an archive cannot have."""
    if len(members) > MAX_MEMBERS:
        raise FormatError(f"an archive of more than {MAX_MEMBERS:,} members")
    pieces: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name in sorted(members):
        if not _NAME.fullmatch(name):
            raise FormatError("a member's name that is not 1 to 100 visible ASCII characters")
        content, encoded = members[name], name.encode("ascii")
        known = (_VERSION, 0, 0, 0, _DATE, crc32(content), len(content), len(content), len(encoded), 0)
        pieces += (_LOCAL.pack(_LOCAL_MARK, *known), encoded, content)
        directory += (_CENTRAL.pack(_CENTRAL_MARK, _VERSION, *known, 0, 0, 0, 0, offset), encoded)
        offset += _LOCAL.size + len(encoded) + len(content)
        if offset > MAX_ARCHIVE_BYTES:
            raise FormatError("an archive larger than 64 MiB")
    size = sum(map(len, directory))
    if offset + size + _END.size > MAX_ARCHIVE_BYTES:
        raise FormatError("an archive larger than 64 MiB")
    end = _END.pack(_END_MARK, 0, 0, len(members), len(members), size, offset, 0)
    return b"".join((*pieces, *directory, end))


def read_archive(archive: bytes) -> dict[str, bytes]:
    """The members of an archive by name, in its order. Raises `FormatError` for whatever `write_archive` would not write."""
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise FormatError("an archive larger than 64 MiB")
    members: dict[str, bytes] = {}
    offset = 0
    while archive.startswith(_LOCAL_MARK, offset):
        name, content, offset = _member(archive, offset)
        if name in members or len(members) == MAX_MEMBERS:
            raise FormatError("an archive with a member twice, or with too many")
        members[name] = content
    # Every field that was not looked at, and the whole directory, is compared here.
    if write_archive(members) != archive:
        raise FormatError("an archive that is cut short, or not written in the one way of evidence packs")
    return members


def _member(archive: bytes, offset: int) -> tuple[str, bytes, int]:
    """The name and the bytes of the member whose local header stands at `offset`, and where it ends."""
    start = offset + _LOCAL.size
    if start > len(archive):
        raise FormatError("an archive that ends in a member's header")
    *_, size, name_bytes, _ = _LOCAL.unpack_from(archive, offset)
    at = start + name_bytes
    if name_bytes > MAX_NAME_BYTES or at + size > len(archive):
        raise FormatError("an archive that ends in a member, or has too long a name")
    return archive[start:at].decode("latin-1"), archive[at : at + size], at + size
