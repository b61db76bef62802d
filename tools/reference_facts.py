"""facts.md and a JSON Schema a kind (2020-12), from the model's own classes: what a fact may say, who may sign it, and the rule
of every field. Both follow from the shapes of `lossproof.model.shapes`, which are what the product itself checks.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import sys
import textwrap
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

from lossproof.model import shapes, vocabulary
from lossproof.model.entry import Entry
from lossproof.model.fact import Grade, Method, Predicate, Relation, Role, Subject
from lossproof.model.facts import PREDICATE_TYPE, kinds
from lossproof.model.shapes import COARSE, Number, Shaped, Text
from lossproof.policy import grade
from lossproof.wire.facts import MOST_BYTES, MOST_SUBJECTS, PAYLOAD_TYPE, STATEMENT_TYPE

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def _rule(hint: Any) -> Text | Number:
    rule: Text | Number = typing.get_args(hint)[1]
    return rule


# Digests and public keys have one shape. A row: what a field's cell says, and what that means.
SHAPES = {
    _rule(shapes.RandomId): ("id", "32 hexadecimal digits: 128 random bits"),
    _rule(shapes.Digest): ("digest", "64 hexadecimal digits: a SHA-256, or a raw Ed25519 public key"),
    _rule(shapes.Recipient): ("recipient", "an age X25519 recipient: `age1` and 58 characters"),
    _rule(shapes.Origin): ("origin", "`lossproof/` and 32 hexadecimal digits: a log's name, random"),
    _rule(shapes.Tool): ("tool", "`lossproof` and a version of three numbers, the first of one digit"),
    _rule(shapes.Moment): (
        "moment",
        "RFC 3339 in UTC to the second, from 2020 on: no birth date of a grown person fits",
    ),
    _rule(shapes.Count): (
        "count",
        f"0 to 99,990,000; from ten million on rounded to whole {COARSE:,}s, so that it cannot be a date; the highest stands for more",
    ),
    _rule(shapes.Bytes): ("bytes", "0 to 2^50 in whole sectors of 512; the highest stands for more"),
    _rule(shapes.LeafIndex): ("leaf", "0 to 999,999,999: a leaf of the log, or how many there are"),
}
LISTS = {frozenset(words): name for name, words in vars(vocabulary).items() if isinstance(words, frozenset)}


def _optional(hint: Any) -> tuple[Any, bool]:
    """A type without its None, and whether it had one."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        (bare,) = [one for one in typing.get_args(hint) if one is not types.NoneType]
        return bare, True
    return hint, False


def _hints(kind: type) -> dict[str, Any]:
    """Type by field name, in the order of the fields."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {one.name: hints[one.name] for one in dataclasses.fields(kind)}


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def in_words(hint: Any) -> str:
    """The rule of a field for people."""
    bare, optional = _optional(hint)
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    if origin is tuple:
        text = f"array of {in_words(arguments[0])}"
    elif origin is dict:
        text = f"object of {in_words(arguments[1])} by {in_words(arguments[0])}"
    elif origin is typing.Annotated:
        text = _rule_in_words(arguments[1])
    elif bare is bool:
        text = "true or false"
    elif issubclass(bare, Enum):
        text = "one of " + ", ".join(f"`{member.value}`" for member in bare)
    else:
        text = f"[{bare.__name__}](#{_anchor(bare.__name__)})"
    return f"{text}; or null" if optional else text


def _rule_in_words(rule: Text | Number) -> str:
    if rule in SHAPES:
        return f"[{SHAPES[rule][0]}](#shapes)"
    if isinstance(rule, Number):
        return f"{rule.low}" if rule.low == rule.high else f"{rule.low:,} to {rule.high:,}"
    if frozenset(rule.words) in LISTS:
        name = LISTS[frozenset(rule.words)].lower().replace("_", " ")
        return f"a word of [{name}](#{_anchor(name)})"
    if rule.words:
        return "one of " + ", ".join(f"`{word}`" for word in rule.words)
    if rule.pattern == vocabulary.cipher_pattern():
        return "cipher in [known parts](#parts-of-a-cipher), such as `aes-xts-plain64`; several with ` + ` between; or `other`"
    return "RFC 3339 in UTC to the millisecond, from 2020 on"


def classes(kind: type) -> Iterator[type[Shaped]]:
    """The shaped classes that the fields of `kind` can hold, without itself, in order of first use."""
    found: dict[type[Shaped], None] = {}

    def walk(hint: Any) -> None:
        if isinstance(hint, type) and issubclass(hint, Shaped) and hint not in found:
            found[hint] = None
            for inner in _hints(hint).values():
                walk(inner)
        for inner in typing.get_args(hint):
            walk(inner)

    walk(kind)
    return iter([one for one in found if one is not kind])


def _fields(kind: type) -> str:
    rows = ["| field | what it may hold |", "|---|---|"]
    return "\n".join(rows + [f"| `{name}` | {in_words(hint)} |" for name, hint in _hints(kind).items()])


def _text(value: Any) -> str:
    return inspect.cleandoc(value.__doc__ or "")


def signers(kind: type[Predicate]) -> str:
    """Who may state a kind."""
    roles = (
        ", ".join(f"`{role.value}`" for role in Role if role in kind.SIGNERS)
        or "no role: it is leaf 0, and stands alone"
    )
    own = f". {_text(kind.signers)}" if kind.signers is not Predicate.signers else ""
    return f"{roles}{own}"


def _sections(kind: type[Predicate]) -> Iterator[str]:
    module = sys.modules[kind.__module__]
    yield f"## {kind.KIND}\n\n{_text(module)}\n\n{_text(kind)}"
    schema = f"[JSON Schema](schemas/{kind.KIND}.schema.json)"
    yield f"May be stated by: {signers(kind).rstrip('.')}. Predicate type `{PREDICATE_TYPE.format(kind=kind.KIND)}`, {schema}."
    yield _fields(kind)
    for one in classes(kind):
        yield f"### {one.__name__}\n\n{_text(one)}\n\n{_fields(one)}"


def _words() -> Iterator[str]:
    parts = {"CIPHERS", "MODES", "IVS"}
    yield "## Words\n\n" + _text(vocabulary).split("\n\n")[0]
    for words, name in sorted(LISTS.items(), key=lambda pair: pair[1]):
        if name not in parts:
            yield f"### {name.capitalize().replace('_', ' ')}\n\n" + ", ".join(f"`{word}`" for word in sorted(words))
    rows = "\n\n".join(
        f"{name.lower()}: " + ", ".join(f"`{word}`" for word in sorted(getattr(vocabulary, name)))
        for name in sorted(parts)
    )
    yield f"### Parts of a cipher\n\n{rows}"


def _grades() -> str:
    """What policy says of grades, its indented rules as a block."""
    first, lead, rules, *rest = _text(grade).split("\n\n")
    return "\n\n".join([first, lead, f"```text\n{textwrap.dedent(rules)}\n```", *rest])


def parts() -> list[str]:
    """The page's parts: what is around a fact, every kind with its fields, an entry, and the words."""
    every = sorted(kinds().values(), key=lambda kind: kind.KIND)
    index = ["| kind | says | may be stated by |", "|---|---|---|"]
    for kind in every:
        says = " ".join(_text(sys.modules[kind.__module__]).split("\n\n")[0].split())
        index.append(f"| [{kind.KIND}](#{kind.KIND}) | {says} | {' '.join(signers(kind).split())} |")
    people = [
        ("Roles of a key", Role),
        ("What an organisation is to the controller", Relation),
        ("How something was found out", Method),
        ("Grades, rising", Grade),
    ]
    values = "\n\n".join(f"{head}: " + ", ".join(f"`{one.value}`" for one in kind) for head, kind in people)
    return [
        "What lossproof writes into its log. A fact holds no name, no identifier, no path and no free text: the log cannot forget, "
        "so every field is a random id, a digest, a number, a moment or a word of a closed list "
        "([why](../adr/0010-facts-hold-no-text.md)).",
        f"Around each stands an in-toto Statement (`{STATEMENT_TYPE}`) in a DSSE envelope (`{PAYLOAD_TYPE}`): 1 to {MOST_SUBJECTS} "
        f"subjects, each with a random id for its `name` and one SHA-256, a `predicateType`, and the `predicate` described here. A "
        f"statement is canonical JSON (RFC 8785) of at most {MOST_BYTES >> 20} MiB: every field is there, null where there is nothing, "
        "and any other spelling, field or order is refused. The schemas cannot say the last, nor rules between fields.",
        "\n".join(index),
        f"## Who and how\n\n{values}",
        f"## Grades\n\n{_grades()}",
        *(section for kind in every for section in _sections(kind)),
        f"## Subject\n\n{_text(Subject)}\n\n{_fields(Subject)}",
        f"## Entry\n\n{_text(sys.modules[Entry.__module__])}\n\n{_text(Entry)}\n\n{_fields(Entry)}",
        "## Shapes\n\n| name | what it may be |\n|---|---|\n"
        + "\n".join(f"| {name} | {means} |" for name, means in SHAPES.values()),
        *_words(),
    ]


def schema_of(hint: Any) -> Schema:
    """The JSON Schema of a field's type."""
    bare, optional = _optional(hint)
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    if origin is tuple:
        schema: Schema = {"type": "array", "items": schema_of(arguments[0])}
    elif origin is dict:
        schema = {
            "type": "object",
            "propertyNames": schema_of(arguments[0]),
            "additionalProperties": schema_of(arguments[1]),
        }
    elif origin is typing.Annotated:
        schema = _rule_schema(arguments[1])
    elif bare is bool:
        schema = {"type": "boolean"}
    elif issubclass(bare, Enum):
        schema = {"enum": [member.value for member in bare]}
    else:
        schema = {"$ref": f"#/$defs/{bare.__name__}"}
    return {"anyOf": [schema, {"type": "null"}]} if optional else schema


def _rule_schema(rule: Text | Number) -> Schema:
    if isinstance(rule, Text):
        if rule.words:
            return {"enum": list(rule.words)}
        return {"type": "string", "pattern": f"^(?:{rule.pattern})$"} | ({"format": "date-time"} if rule.moment else {})
    schema: Schema = {"type": "integer", "minimum": rule.low, "maximum": rule.high}
    if rule.step != 1:
        schema["multipleOf"] = rule.step
    if rule.exact is not None:
        schema["anyOf"] = [{"maximum": rule.exact}, {"multipleOf": COARSE}]
    return schema


def _object(properties: dict[str, Schema], description: str = "") -> Schema:
    schema: Schema = {"description": description} if description else {}
    return schema | {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _class_schema(kind: type) -> Schema:
    return _object({name: schema_of(hint) for name, hint in _hints(kind).items()}, " ".join(_text(kind).split()))


def schema(kind: type[Predicate]) -> Schema:
    """The JSON Schema of a whole statement of a kind."""
    predicate_type = PREDICATE_TYPE.format(kind=kind.KIND)
    subject = {
        "name": schema_of(shapes.RandomId),
        "digest": _object({"sha256": schema_of(shapes.Digest)}),
    }
    statement = {
        "_type": {"const": STATEMENT_TYPE},
        "subject": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_SUBJECTS,
            "items": _object(subject, " ".join(_text(Subject).split())),
        },
        "predicateType": {"const": predicate_type},
        "predicate": {"$ref": f"#/$defs/{kind.__name__}"},
    }
    says = " ".join(_text(sys.modules[kind.__module__]).split())
    head = {"$schema": DIALECT, "$id": predicate_type, "title": kind.KIND}
    definitions = {one.__name__: _class_schema(one) for one in (kind, *classes(kind))}
    return head | _object(statement, says) | {"$defs": definitions}


def schema_text(kind: type[Predicate]) -> str:
    """The schema as a file."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=True) + "\n"
