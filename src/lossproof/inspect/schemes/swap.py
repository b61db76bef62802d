"""Linux swap areas and images of a suspended machine in them. Specification: Linux `include/linux/swap.h` (union
swap_header), `mm/swapfile.c`, `kernel/power/swap.c`; TuxOnIce by its signature. A suspend image is the whole memory, in
the clear.
"""

from __future__ import annotations

from lossproof.block.fields import le32, uuid_text
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "swap"
SPEC = "Linux include/linux/swap.h, union swap_header"

PAGE_SIZES = (4096, 8192, 16384, 32768, 65536)
_SWAP = {b"SWAP-SPACE": "0", b"SWAPSPACE2": "1"}
_SUSPENDED = (b"S1SUSPEND", b"S2SUSPEND", b"ULSUSPEND", b"LINHIB0001")
_TUXONICE = b"\xed\xc3\x02\xe9\x98\x56\xe5\x0c"


def detect(source: Source) -> bool:
    """Whether a signature stands in the last ten bytes of the first page, or TuxOnIce's at the start."""
    return _found(source) is not None


def read(source: Source) -> Layer:
    """The area; `state` is `suspended` where it holds an image of a machine's memory."""
    found = _found(source)
    if found is None:
        raise FormatError("no swap signature")
    page_bytes, version, state = found
    header = source.read_at(1024, 64)
    last_page = le32(header, 4) if version == "1" and len(header) == 64 else 0
    size_bytes, findings = sized((last_page + 1) * page_bytes if last_page else 0, source)
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=size_bytes,
        version=version,
        uuid=uuid_text(header, 12) if version == "1" and len(header) == 64 else None,
        state=state,
        findings=findings,
    )


def _found(source: Source) -> tuple[int, str | None, str | None] | None:
    """(page size, version, state) of the signature, or None."""
    if source.read_at(0, 8) == _TUXONICE:
        return 4096, None, "suspended"
    for page_bytes in PAGE_SIZES:
        signature = source.read_at(page_bytes - 10, 10)
        if signature in _SWAP:
            return page_bytes, _SWAP[signature], None
        if signature.startswith(_SUSPENDED):
            return page_bytes, None, "suspended"
    return None
