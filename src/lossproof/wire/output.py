"""Values become JSON, as the interface of the command line promises it. The standard library alone.

The model's field names are those of the JSON, except where the shape is another: an inspection's `bytes_read` and
`header_sha256` stand in `coverage` and `evidence`, and `readable` is `readable_without_secret`. Fields are added over
time and never changed. Left out: reading JSON back (msgspec does that, at the boundary where it comes in).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossproof.model.holding import Holding
    from lossproof.model.pack import PackResult
    from lossproof.model.verdict import Verdict
    from lossproof.model.volume import Inspection, Layer

Json = dict[str, object]


def inspection(value: Inspection) -> Json:
    """What `lossproof inspect --json` prints of one target."""
    return {
        "target": value.target,
        "size_bytes": value.size_bytes,
        "protection": value.protection.value,
        "readable_without_secret": value.readable_without_secret.value,
        "reasons": _plain(value.reasons),
        "layers": [_layer(layer) for layer in value.layers],
        "coverage": {"bytes_read": value.bytes_read},
        "evidence": {"header_sha256": value.header_sha256},
        "tool": value.tool,
        "serial": value.serial,
    }


def holding(value: Holding) -> Json:
    """What `lossproof discover --json` prints of one target. `samples` is there only where values were asked for."""
    shape = {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if not value.samples:
        del shape["samples"]
    return shape


def verdict(value: Verdict) -> Json:
    """What `lossproof check --json` prints of one target."""
    return {
        "target": value.target,
        "exposed": value.exposed,
        "standing": value.standing.value,
        "inspection": None if value.inspection is None else inspection(value.inspection),
        "holding": None if value.holding is None else holding(value.holding),
        "reasons": _plain(value.reasons),
        "valid_until": value.valid_until,
    }


def pack(value: PackResult) -> Json:
    """What `lossproof verify --json` prints: the result object. What each fact says is in the pack, and not in it."""
    shape = {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    shape["facts"] = [
        {one.name: _plain(getattr(fact, one.name)) for one in fields(fact) if one.name != "predicate"}
        for fact in value.facts
    ]
    return shape


def shape_of(value: Inspection | Holding | Verdict | PackResult) -> Json:
    """`value` as its command prints it."""
    # By name, so that `inspect` need not load the values of the other commands.
    shapes: dict[str, Callable[..., Json]] = {
        "Inspection": inspection,
        "Holding": holding,
        "Verdict": verdict,
        "PackResult": pack,
    }
    return shapes[type(value).__name__](value)


def to_json(value: Inspection | Holding | Verdict | PackResult) -> str:
    """`value` as one line of JSON."""
    return line(shape_of(value))


def line(shape: Mapping[str, object]) -> str:
    """`shape` as one line of JSON in ASCII: a file name that is not valid Unicode cannot make the line invalid UTF-8."""
    return json.dumps(shape, ensure_ascii=True, allow_nan=False, separators=(", ", ": "))


def _layer(value: Layer) -> Json:
    named = [one.name for one in fields(value) if one.name not in {"readable", "layers"}]
    shape = {name: _plain(getattr(value, name)) for name in named}
    shape["readable_without_secret"] = value.readable.value
    shape["layers"] = [_layer(child) for child in value.layers]
    return shape


def _plain(value: object) -> object:
    """Dataclasses as objects, tuples as arrays, enumerations as their values."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value
