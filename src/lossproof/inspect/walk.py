"""The walk over a medium: every range is asked of every scheme, containers are entered, and what is left over is
described.

Layers cover the target from start to end: partitions, what lies outside them, and what lies behind a file system that
is smaller than its range. Reading is bounded by a budget for the whole target. A scheme that fails to read what it
claimed leaves a layer with a finding, never an error.
"""

from __future__ import annotations

from dataclasses import replace

from lossproof import __version__
from lossproof.block.cached import CachedSource
from lossproof.block.digest import sha256
from lossproof.block.mbr import PartitionTable
from lossproof.block.source import Meter, Source, Window
from lossproof.errors import FormatError, KeyRequiredError, UnsupportedError
from lossproof.inspect import content
from lossproof.inspect.schemes import ANY, Scheme, container, disguises, every, yields
from lossproof.model.boot_partitions import boot_ranges
from lossproof.model.volume import Inspection, Layer
from lossproof.policy.protection import grade, overall

VERDICT_BYTES = 2 << 20
"""The most that one verdict reads of a target."""

HEADER_BYTES = 4096
MAX_DEPTH = 8
MAX_LAYERS = 256

_UNDESCRIBED = ""  # scheme of a range that no scheme claims, until its content has been looked at


def inspect(source: Source, target: str, *, meter: Meter, budget_bytes: int | None = VERDICT_BYTES) -> Inspection:
    """What `source`, named `target`, holds and whether a finder could read it.

    At most `budget_bytes` are read (None: blank ranges of any size are read to their end), and no more than `meter` has
    left. `header_sha256` of the result is over the first 4,096 bytes of the target; that of a layer over the first
    4,096 bytes of the layer's range, and None where nothing was recognised. Raises `FormatError` for an empty target,
    and where not even its first bytes can be read.
    """
    if source.size_bytes == 0:
        raise FormatError("the target is empty: there is nothing to inspect", hint="name the whole device or its image")
    limit = min(2**63 if budget_bytes is None else budget_bytes, meter.left_bytes)
    cached = CachedSource(source, limit)
    head = cached.read_at(0, HEADER_BYTES)
    walk = _Walk(cached, every())
    layers = tuple(grade(layer) for layer in walk.describe(walk.layers(0, source.size_bytes)))
    protection, access, reasons = overall(layers)
    return Inspection(
        target=target,
        size_bytes=source.size_bytes,
        protection=protection,
        readable_without_secret=access,
        reasons=reasons,
        layers=layers,
        bytes_read=cached.spent_bytes,
        header_sha256=sha256(head).hexdigest(),
        tool=f"lossproof {__version__}",
    )


class _Walk:
    """One walk: the source, the schemes to ask, and how many layers there are so far."""

    def __init__(self, source: CachedSource, schemes: tuple[Scheme, ...]) -> None:
        self.source = source
        self.schemes = schemes
        self.count = 0

    def layers(self, offset: int, size: int, depth: int = 0) -> list[Layer]:
        """Layers that cover the range, children inside them. Ranges that nothing claims are left undescribed."""
        self.count += 1
        if depth >= MAX_DEPTH:
            return [_left_over(offset, size, "nested_too_deep")]
        if self.count > MAX_LAYERS:
            return [_left_over(offset, size, "too_many_layers")]
        window = Window(self.source, offset, size)
        claims, doubts = self._claims(window)
        winners = self._winners(claims, window)
        if not winners:
            return [replace(_left_over(offset, size), findings=doubts)]
        if len(winners) > 1:
            doubts = (*doubts, "conflicting_signatures")
        found = [self._layer(scheme, offset, size, depth, doubts) for scheme in winners]
        if len(winners) > 1:
            return [replace(layer, size_bytes=size) for layer in found]
        wrapped = [scheme for scheme in claims if scheme not in winners]
        return [found[0], *self._behind(found[0], wrapped, offset, size, depth)]

    def describe(self, layers: list[Layer]) -> tuple[Layer, ...]:
        """`layers` with every undescribed range looked at, the smallest first, so that the budget settles as many as it
        can.
        """
        ranges = sorted(_undescribed(layers), key=lambda layer: (layer.size_bytes, layer.offset_bytes))
        known = {layer: content.describe(self.source, layer.offset_bytes, layer.size_bytes) for layer in ranges}
        return _described(tuple(layers), known)

    def _claims(self, window: Window) -> tuple[list[Scheme], tuple[str, ...]]:
        """Schemes whose signature is there, and findings where not all could be asked."""
        claims: list[Scheme] = []
        doubts: dict[str, None] = {}
        for scheme in self.schemes:
            try:
                if scheme.detect(window):
                    claims.append(scheme)
            except (FormatError, UnsupportedError):
                doubts |= self._why()
        return claims, tuple(doubts)

    def _winners(self, claims: list[Scheme], window: Window) -> list[Scheme]:
        """`claims` without those that another one carries on purpose or that give way."""
        hidden = frozenset().union(*(disguises(scheme) for scheme in claims))
        if ANY in hidden:
            return [scheme for scheme in claims if ANY in disguises(scheme)]
        seen = [scheme for scheme in claims if scheme.NAME not in hidden]
        try:
            return [scheme for scheme in seen if len(seen) == 1 or not yields(scheme, window)]
        except FormatError:
            return seen

    def _why(self) -> dict[str, None]:
        """What the source, rather than the format, had against the last read."""
        said = {"sampled_only": self.source.exhausted, "unreadable": self.source.unreadable}
        return {code: None for code, holds in said.items() if holds}

    def _layer(self, scheme: Scheme, offset: int, size: int, depth: int, doubts: tuple[str, ...]) -> Layer:
        """What `scheme` reads at the range, with absolute offsets and, of a container, its children."""
        window = Window(self.source, offset, size)
        try:
            layer = _moved(scheme.read(window), offset)
            holder = container(scheme)
            if holder is not None:
                layer = replace(layer, layers=self._children(holder.parts(window), offset, size, depth))
        except (FormatError, UnsupportedError, KeyRequiredError) as error:
            code = "unsupported_variant" if isinstance(error, UnsupportedError) else "header_damaged"
            codes = tuple(self._why()) or (code,)
            layer = Layer(scheme=scheme.NAME, offset_bytes=offset, size_bytes=size, findings=codes)
        findings = tuple(dict.fromkeys((*layer.findings, *doubts)))
        return replace(layer, findings=findings, header_sha256=layer.header_sha256 or self._digest(window))

    def _digest(self, window: Window) -> str | None:
        try:
            return sha256(window.read_at(0, HEADER_BYTES)).hexdigest()
        except FormatError:
            return None

    def _children(self, table: PartitionTable, offset: int, size: int, depth: int) -> tuple[Layer, ...]:
        """Partitions walked, and the gaps between them and the table's own sectors left undescribed."""
        # Firmware reads the outermost table alone, so that no partition inside another one is there to start a machine.
        boot = frozenset() if depth else boot_ranges(table.partitions)
        inside = [
            _marked(layer) if part[:2] in boot else layer
            for part in table.partitions
            for layer in self.layers(offset + part.offset_bytes, part.size_bytes, depth + 1)
        ]
        taken = [(part.offset_bytes, part.size_bytes) for part in table.partitions] + list(table.own_ranges)
        gaps = [_left_over(offset + start, length, "outside_partitions") for start, length in _gaps(taken, size)]
        return tuple(sorted((*inside, *gaps), key=lambda layer: (layer.offset_bytes, -layer.size_bytes)))

    def _behind(self, layer: Layer, wrapped: list[Scheme], offset: int, size: int, depth: int) -> list[Layer]:
        """What stands in the range behind a volume that is smaller: partitions of a hybrid's table, and left-over
        bytes.
        """
        end, found, taken = (
            layer.offset_bytes + layer.size_bytes,
            [],
            [(0, layer.offset_bytes + layer.size_bytes - offset)],
        )
        if end >= offset + size:
            return []
        window = Window(self.source, offset, size)
        for holder in filter(None, map(container, wrapped)):
            try:
                table = holder.parts(window)
            except (FormatError, UnsupportedError):
                continue
            for part in table.partitions:
                if part.offset_bytes >= end - offset and part[:2] not in taken:
                    found += self.layers(offset + part.offset_bytes, part.size_bytes, depth + 1)
                    taken.append(part[:2])
        gaps = [_left_over(offset + start, length, "outside_file_system") for start, length in _gaps(taken, size)]
        return sorted((*found, *gaps), key=lambda layer: layer.offset_bytes)


def _left_over(offset: int, size: int, *findings: str) -> Layer:
    return Layer(scheme=_UNDESCRIBED, offset_bytes=offset, size_bytes=size, findings=findings)


def _marked(layer: Layer) -> Layer:
    """A layer of a boot partition, unless it holds others: nothing that starts a machine does."""
    return layer if layer.layers else replace(layer, findings=(*layer.findings, "boot_partition"))


def _gaps(taken: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """(offset, size) of what `taken` leaves of a range of `size` bytes."""
    gaps, position = [], 0
    for start, length in sorted(taken):
        if start > position:
            gaps.append((position, start - position))
        position = max(position, start + length)
    return [*gaps, (position, size - position)] if position < size else gaps


def _moved(layer: Layer, offset: int) -> Layer:
    """`layer` with `offset` added to every offset in it."""
    return replace(
        layer,
        offset_bytes=layer.offset_bytes + offset,
        extents=tuple(replace(extent, offset_bytes=extent.offset_bytes + offset) for extent in layer.extents),
        layers=tuple(_moved(child, offset) for child in layer.layers),
    )


def _undescribed(layers: list[Layer] | tuple[Layer, ...]) -> list[Layer]:
    own = [layer for layer in layers if layer.scheme == _UNDESCRIBED]
    return own + [inner for layer in layers for inner in _undescribed(layer.layers)]


def _described(layers: tuple[Layer, ...], known: dict[Layer, Layer]) -> tuple[Layer, ...]:
    result: list[Layer] = []
    for layer in layers:
        if layer.scheme == _UNDESCRIBED:
            told = known[layer]
            result.append(replace(told, findings=tuple(dict.fromkeys((*told.findings, *layer.findings)))))
        else:
            result.append(replace(layer, layers=_described(layer.layers, known)))
    return tuple(result)
