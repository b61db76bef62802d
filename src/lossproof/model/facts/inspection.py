"""What one inspection of a device saw: every layer, so that it can be graded again by other rules, and what was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from lossproof.model import vocabulary
from lossproof.model.fact import LOOKERS, Method, Predicate, Role
from lossproof.model.shapes import Bytes, Count, Digest, Number, Shaped, Text, Tool, code
from lossproof.model.volume import Access, Content, Protection

DEEPEST = 32
"""Layers nest no deeper, so that whoever walks them may do so by recursion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerKdf(Shaped):
    """A key derivation function with its cost, as a header states it."""

    name: Annotated[str, code(vocabulary.KDFS)]
    hash: Annotated[str, code(vocabulary.HASHES)] | None
    iterations: Count | None
    memory_kib: Count | None
    lanes: Count | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerProtector(Shaped):
    """One way to the key."""

    kind: Annotated[str, code(vocabulary.PROTECTORS)]
    kdf: LayerKdf | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerExtent(Shaped):
    """A range of a layer and what it holds."""

    offset_bytes: Bytes
    size_bytes: Bytes
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLayer(Shaped):
    """One scheme on one range. `parent` is the position of the layer around it in the list, or None; `uuid` is its SHA-256."""

    parent: Annotated[int, Number(low=0, high=4095)] | None
    scheme: Annotated[str, code(vocabulary.SCHEMES)]
    offset_bytes: Bytes
    size_bytes: Bytes
    uuid: Digest | None
    header: Digest | None
    cipher: Annotated[str, Text(pattern=vocabulary.cipher_pattern())] | None
    key_bits: Annotated[int, Number(low=0, high=4096)] | None
    state: Annotated[str, code(vocabulary.STATES)] | None
    protectors: tuple[LayerProtector, ...]
    findings: tuple[Annotated[str, code(vocabulary.FINDINGS)], ...]
    extents: tuple[LayerExtent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionFact(Predicate):
    """The layers that were found. `shown` and `access` are what the user was told, by the crypto table with digest `table`;
    policy never reads them: it grades the layers again. `disagreements` are findings where the operating system said otherwise."""

    KIND: ClassVar[str] = "inspection"
    SIGNERS: ClassVar[frozenset[Role]] = LOOKERS

    method: Method
    tool: Tool
    size_bytes: Bytes
    bytes_read: Bytes
    header: Digest
    serial: Digest | None
    layers: tuple[SeenLayer, ...]
    disagreements: tuple[Annotated[str, code(vocabulary.FINDINGS)], ...]
    shown: Protection
    access: Access
    table: Digest

    def __post_init__(self) -> None:
        """Check every field, and that each layer stands behind the one around it, not too deep."""
        Predicate.__post_init__(self)
        depths: list[int] = []
        for layer in self.layers:
            if layer.parent is not None and layer.parent >= len(depths):
                raise ValueError("layers: one stands before the layer around it")
            depths.append(0 if layer.parent is None else depths[layer.parent] + 1)
        if max(depths, default=0) > DEEPEST:
            raise ValueError("layers: nested too deep")

    def signers(self) -> frozenset[Role]:
        """A register passes on what other systems report, and looks at nothing itself."""
        return self.SIGNERS | {Role.REGISTER} if self.method is Method.REPORTED else self.SIGNERS


PREDICATE = InspectionFact
