"""Made-up looks at media: inspections with the identifiers that a test wants."""

from __future__ import annotations

from hashlib import sha256

from lossproof.model.volume import Access, Inspection, Layer, Protection


def looked_at(*uuids: str, serial: str | None = None, header: str = "") -> Inspection:
    """An inspection of a medium with volumes of these UUIDs, one inside the other."""
    layers: tuple[Layer, ...] = ()
    for uuid in reversed(uuids):
        layers = (Layer(scheme="ext", offset_bytes=0, size_bytes=1 << 20, uuid=uuid, layers=layers),)
    return Inspection(
        target="/media/ann smith/letters",
        size_bytes=1 << 20,
        protection=Protection.UNPROTECTED,
        readable_without_secret=Access.YES,
        reasons=(),
        layers=layers,
        bytes_read=4096,
        header_sha256=sha256((header or repr(uuids)).encode()).hexdigest(),
        tool="lossproof 0.1.0",
        serial=serial,
    )
