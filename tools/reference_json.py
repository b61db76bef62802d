"""json.md: what `--json` prints, from the model's own classes, with their docstrings, in JSON Schema terms."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from enum import Enum
from typing import Any

import reference_ledger

from lossproof.model import holding, union, verdict, volume

# Where wire/output.py gives a value another shape than its class has: class name -> {field: (name in the JSON, its type)}.
RENAMED = {
    "Inspection": {
        "bytes_read": ("coverage", 'object: `{"bytes_read": integer}`'),
        "header_sha256": ("evidence", 'object: `{"header_sha256": string}`'),
    },
    "Layer": {"readable": ("readable_without_secret", "")},
}
CONDITIONAL = {("Holding", "samples"): "only with `--show`"}
SHOWN = [
    ("lossproof check TARGET --json", verdict.Verdict),
    ("lossproof inspect TARGET... --json", volume.Inspection),
    ("lossproof discover TARGET --json", holding.Holding),
    ("lossproof people union MANIFEST... --json", union.PeopleUnion),
]
SIMPLE = {str: "string", int: "integer", bool: "true or false", float: "number", type(None): "null"}


def classes_below(root: type, found: dict[str, type]) -> None:
    """Every model class that a value of `root` can hold, in order of first use."""
    if root.__name__ in found:
        return
    found[root.__name__] = root
    if dataclasses.is_dataclass(root):
        for kind in typing.get_type_hints(root).values():
            for part in flattened(kind):
                if isinstance(part, type) and (dataclasses.is_dataclass(part) or issubclass(part, Enum)):
                    classes_below(part, found)


def flattened(kind: Any) -> list[Any]:
    """A type and all its arguments."""
    return [kind, *(inner for argument in typing.get_args(kind) for inner in flattened(argument))]


def described(kind: Any) -> str:
    """A type in words."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(described(argument) for argument in arguments)
    if origin is tuple:
        return f"array of {described(arguments[0])}"
    if origin is dict:
        return f"object: {described(arguments[1])} by name"
    return SIMPLE.get(kind) or f"[{kind.__name__}](#{kind.__name__.lower()})"


def class_part(kind: type) -> str:
    """One class: its docstring, and its fields or its values."""
    text = f"## {kind.__name__}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n"
    if issubclass(kind, Enum):
        return text + "One of: " + ", ".join(f"`{member.value}`" for member in kind)
    hints = typing.get_type_hints(kind)
    rows = ["| name | type |", "|---|---|"]
    for one in dataclasses.fields(kind):
        name, shape = RENAMED.get(kind.__name__, {}).get(one.name, (one.name, ""))
        note = CONDITIONAL.get((kind.__name__, one.name))
        rows.append(f"| `{name}` | {shape or described(hints[one.name])}{f', {note}' if note else ''} |")
    return text + "\n".join(rows)


def parts() -> list[str]:
    """The page's parts: the promise, which command prints what, then every class."""
    found: dict[str, type] = {}
    for _, kind in SHOWN:
        classes_below(kind, found)
    commands = ["| command | prints |", "|---|---|"]
    commands += [f"| `{command}` | one [{kind.__name__}](#{kind.__name__.lower()}) |" for command, kind in SHOWN]
    return [
        "An interface: names are added and never changed or taken away. `inspect` prints one object a line, in the order "
        'of its targets; a target that cannot be read gives `{"target", "error": {"code", "text"}}`. Sizes and offsets are bytes '
        "from the start of the target; times are RFC 3339 in UTC. JSON is ASCII: whatever a file name holds, it stays valid.",
        "\n".join(commands),
        "`lossproof verify` prints the result of [the evidence pack](evidence-pack.md); the actions of `lossproof ledger` stand "
        "[below](#the-ledger).",
        *(class_part(kind) for kind in found.values()),
        *reference_ledger.parts(),
    ]
