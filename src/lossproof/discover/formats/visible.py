"""What a finder could read in bytes of an unknown kind: runs of printable characters, as the common `strings` tools show them.

Latin-1 and UTF-16 little endian, six characters and more, most of them ASCII: of random bytes three in four are printable in
Latin-1, and would come out as a run every few bytes. Left out: UTF-16 big endian.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from lossproof.block.source import Source

_BLOCK_BYTES = 4 << 20
_LEAST = 6
_ASCII_SHARE = 0.7

_ASCII = np.zeros(256, dtype=bool)
_ASCII[[9, *range(0x20, 0x7F)]] = True
_PRINTABLE = _ASCII.copy()
_PRINTABLE[0xA0:] = True


def strings(source: Source) -> Iterator[str]:
    """The runs, a line each, in blocks. Memory is bounded; a run longer than a block comes in several."""
    offset, rest = 0, b""
    while True:
        piece = source.read_at(offset, _BLOCK_BYTES)
        offset += len(piece)
        window = rest + piece
        runs = _runs(window)
        done = len(window)
        if piece:
            done = _complete(window, runs)
        text = window.decode("latin-1")
        lines = [text[start:end:step] for start, end, step in runs if end <= done]
        if lines:
            yield "\n".join(lines) + "\n"
        if not piece:
            return
        rest = window[max(done, 0) :]


def _complete(window: bytes, runs: list[tuple[int, int, int]]) -> int:
    """Up to where a window is done with; the rest may be the beginning of a run that goes on in the next one."""
    done = len(window) - 2 * _LEAST
    if not runs or runs[-1][1] <= done:
        return done
    start, end, _ = runs[-1]
    if end < len(window) - 1:
        return end
    return start if len(window) - start < _BLOCK_BYTES else len(window)


def _runs(window: bytes) -> list[tuple[int, int, int]]:
    """(start, end, step) of each run in order; the step is 2 where every second byte is zero."""
    codes = np.frombuffer(window, dtype=np.uint8)
    printable, ascii_before = _PRINTABLE[codes], np.concatenate(([0], np.cumsum(_ASCII[codes], dtype=np.int32)))
    starts, ends = _edges(printable)
    mostly = ascii_before[ends] - ascii_before[starts] >= _ASCII_SHARE * (ends - starts)
    found = [(start, end, 1) for start, end in zip(starts[mostly].tolist(), ends[mostly].tolist(), strict=True)]
    wide = printable[:-1] & (codes[1:] == 0)
    for parity in (0, 1):
        starts, ends = _edges(wide[parity::2])
        places = zip((starts * 2 + parity).tolist(), (ends * 2 + parity).tolist(), strict=True)
        found.extend((start, end, 2) for start, end in places)
    return sorted(found)


def _edges(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The starts and ends of runs of at least six true values."""
    padded = np.zeros(len(mask) + 2, dtype=np.int8)
    padded[1:-1] = mask
    edges = np.flatnonzero(np.diff(padded))
    starts, ends = edges[::2], edges[1::2]
    long = ends - starts >= _LEAST
    return starts[long], ends[long]
