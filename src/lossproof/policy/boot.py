"""What is left of a medium once the parts are left out that a machine needs to start. Pure.

No machine starts from a disk that is encrypted to the last byte: firmware reads a boot partition before anybody gives a secret. A rule
that asks `all_volumes = "encrypted-except-boot"` therefore judges the rest. Left out is a layer on a boot partition of the outermost
table (finding `boot_partition`, which `inspect` gives by type and size) that is plain or of no known scheme, where a check searched what is
readable and found nobody (`nobody_found`). What says there that it is encrypted is judged like everything else.
"""

from __future__ import annotations

from dataclasses import replace

from lossproof.model.volume import Layer
from lossproof.policy.protection import PLAIN_SCHEMES

BOOT = "boot_partition"
SEARCHED = "nobody_found"

_EXCUSED_SCHEMES = PLAIN_SCHEMES | {"blank", "unrecognised"}
"""Named by scheme and not by grade, so that no doubt about a layer ever leads to its being left out."""
_BESIDE = frozenset({"outside_partitions", "outside_file_system"})


def without_boot(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """`layers` without the parts that only start a machine; `layers` itself where nothing is left out, or where nothing else is
    there than these, blank ranges and what lies outside every volume."""
    left = _without(layers)
    if left == layers or left is None or not any(map(_is_a_volume, _leaves(left))):
        return layers
    return left


def _without(layers: tuple[Layer, ...]) -> tuple[Layer, ...] | None:
    """None where a layer that held others would hold nothing."""
    kept: list[Layer] = []
    for layer in layers:
        if not layer.layers:
            kept += [] if _is_left_out(layer) else [layer]
            continue
        inside = _without(layer.layers)
        if not inside:
            return None
        kept.append(replace(layer, layers=inside))
    return tuple(kept)


def _is_left_out(layer: Layer) -> bool:
    return {BOOT, SEARCHED} <= set(layer.findings) and layer.scheme in _EXCUSED_SCHEMES


def _is_a_volume(leaf: Layer) -> bool:
    return leaf.scheme != "blank" and not _BESIDE & set(leaf.findings)


def _leaves(layers: tuple[Layer, ...]) -> list[Layer]:
    return [leaf for layer in layers for leaf in (_leaves(layer.layers) if layer.layers else [layer])]
