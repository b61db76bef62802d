"""Inspections as facts: of a plain volume, of an encrypted one, and of one whose header is damaged."""

from __future__ import annotations

import random
from dataclasses import replace

from ledger.packs import MadeLog
from lossproof.model.facts.inspection import LayerKdf, LayerProtector, SeenLayer
from lossproof.model.volume import Access, Protection

_HARD = LayerKdf(name="argon2id", hash=None, iterations=4, memory_kib=1 << 20, lanes=4)
_LUKS = SeenLayer(
    parent=None,
    scheme="luks2",
    offset_bytes=0,
    size_bytes=1 << 30,
    uuid=None,
    header=None,
    cipher="aes-xts-plain64",
    key_bits=512,
    state="encrypted",
    protectors=(LayerProtector(kind="keyslot", kdf=_HARD),),
    findings=(),
    extents=(),
)
_EXT = replace(_LUKS, scheme="ext", cipher=None, key_bits=None, state=None, protectors=())
_ANY = MadeLog(random.Random(1)).inspection()

LOCKED = replace(_ANY, layers=(_LUKS,), shown=Protection.PROTECTED, access=Access.NO)
PLAIN = replace(_ANY, layers=(_EXT,), shown=Protection.UNPROTECTED, access=Access.YES)
DAMAGED = replace(
    _ANY, layers=(replace(_LUKS, findings=("header_damaged",)),), shown=Protection.UNKNOWN, access=Access.UNKNOWN
)
