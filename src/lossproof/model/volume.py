"""What one inspection saw: layers of schemes on a medium, how each is protected, and why.

`Protection` is one of the three vocabularies of the house; `Access` answers "readable without a secret?".
Schemes fill in what they read; `policy.protection` grades it. Offsets and sizes are bytes on the target, from its start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Protection(StrEnum):
    """What one inspection saw of a volume. Never rounded up: `unknown` is an answer."""

    PROTECTED = "protected"
    WEAK = "weak"
    PARTIAL = "partial"
    UNPROTECTED = "unprotected"
    UNKNOWN = "unknown"


class Access(StrEnum):
    """Whether a finder reads it without a secret."""

    NO = "no"
    YES = "yes"
    PARTLY = "partly"
    UNKNOWN = "unknown"


class Content(StrEnum):
    """What a byte range holds, as far as the headers (or reading every byte) show."""

    CIPHERTEXT = "ciphertext"
    PLAINTEXT = "plaintext"
    BLANK = "blank"  # every byte of it was read, or is a hole of the image file, and all are equal (00 or FF)
    METADATA = "metadata"  # headers and tables of the scheme itself
    UNALLOCATED = "unallocated"  # outside partitions
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A byte range of the target and what it holds."""

    offset_bytes: int
    size_bytes: int
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a stable code for programs and one plain sentence for people. Neither holds a value of a person."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kdf:
    """A key derivation function with its cost, as a header states it. `memory_kib` and `lanes` are Argon2's."""

    name: str
    hash: str | None = None
    iterations: int | None = None
    memory_kib: int | None = None
    lanes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protector:
    """One way to the key: a LUKS keyslot, a BitLocker protector. `kind` is the field's own word, such as `clear_key`."""

    kind: str
    id: str | None = None
    kdf: Kdf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One scheme on one byte range, with the layers inside it.

    `findings` are stable codes of what the parser saw and a grader must weigh (for example `clear_key`,
    `header_damaged`, `linear_segment`): policy turns them into reasons. `protection`, `readable` and `reasons` are policy's,
    and stand at their most doubtful until it has graded. `extents` is empty where the whole range is of one kind.
    """

    scheme: str
    offset_bytes: int
    size_bytes: int
    version: str | None = None
    uuid: str | None = None
    cipher: str | None = None
    key_bits: int | None = None
    kdf: Kdf | None = None
    protectors: tuple[Protector, ...] = ()
    state: str | None = None
    findings: tuple[str, ...] = ()
    extents: tuple[Extent, ...] = ()
    header_sha256: str | None = None
    layers: tuple[Layer, ...] = ()
    protection: Protection = Protection.UNKNOWN
    readable: Access = Access.UNKNOWN
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The answer of `inspect` about one target. `layers` cover it from start to end, gaps outside partitions too."""

    target: str
    size_bytes: int
    protection: Protection
    readable_without_secret: Access
    reasons: tuple[Reason, ...]
    layers: tuple[Layer, ...]
    bytes_read: int
    header_sha256: str
    tool: str
    serial: str | None = field(default=None)

    def leaves(self) -> tuple[Layer, ...]:
        """Layers with nothing inside them, in order of offset."""

        def walk(layers: tuple[Layer, ...]) -> list[Layer]:
            return [leaf for layer in layers for leaf in (walk(layer.layers) if layer.layers else [layer])]

        return tuple(sorted(walk(self.layers), key=lambda layer: layer.offset_bytes))
