"""The published JSON Schemas and the product agree on what a statement is. The checker here knows the keywords that they use."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

import hostile_values as hostile
from fact_samples import any_statement, places, put, samples
from house.repository import ROOT
from lossproof.errors import FormatError
from lossproof.model.facts import PREDICATE_TYPE, kinds
from lossproof.wire.facts import decode_statement, encode_statement

FOLDER = ROOT / "docs" / "reference" / "schemas"
SCHEMAS = {name: json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")) for name in kinds()}
SAID = {"$schema", "$id", "$defs", "title", "description", "format"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value: Any, name: str) -> bool:
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and value == other


CHECKS = {
    "type": is_type,
    "const": same,
    "enum": lambda value, words: any(same(value, word) for word in words),
    "pattern": lambda value, pattern: not isinstance(value, str) or re.search(pattern, value, re.ASCII) is not None,
    "minimum": lambda value, least: not is_type(value, "integer") or value >= least,
    "maximum": lambda value, most: not is_type(value, "integer") or value <= most,
    "multipleOf": lambda value, step: not is_type(value, "integer") or value % step == 0,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda value, most: not isinstance(value, list) or len(value) <= most,
    "required": lambda value, names: not isinstance(value, dict) or set(names) <= set(value),
}


def holds(schema: dict, value: Any, root: dict) -> bool:
    """Whether a value is valid under a schema (JSON Schema 2020-12, the keywords used here; others fail the test)."""
    for keyword, rule in schema.items():
        if keyword in SAID:
            continue
        if keyword in CHECKS:
            good = CHECKS[keyword](value, rule)
        elif keyword == "$ref":
            good = holds(root["$defs"][rule.removeprefix("#/$defs/")], value, root)
        elif keyword == "anyOf":
            good = any(holds(one, value, root) for one in rule)
        elif keyword == "items":
            good = not isinstance(value, list) or all(holds(rule, one, root) for one in value)
        elif keyword == "propertyNames":
            good = not isinstance(value, dict) or all(holds(rule, name, root) for name in value)
        elif keyword == "properties":
            good = not isinstance(value, dict) or all(
                holds(rule[name], value[name], root) for name in rule if name in value
            )
        elif keyword == "additionalProperties":
            others = set(value) - set(schema.get("properties", ())) if isinstance(value, dict) else set()
            good = all(rule is not False and holds(rule, value[name], root) for name in others)
        else:
            raise AssertionError(f"a keyword that this checker does not know: {keyword}")
        if not good:
            return False
    return True


def valid(kind: str, value: Any) -> bool:
    return holds(SCHEMAS[kind], value, SCHEMAS[kind])


def test_there_is_one_schema_a_kind():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{kind}.schema.json" for kind in kinds())
    for kind, schema in SCHEMAS.items():
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == PREDICATE_TYPE.format(kind=kind)


def test_every_object_is_closed_and_every_text_has_its_rule():
    def walk(schema: Any) -> None:
        if isinstance(schema, list):
            for one in schema:
                walk(one)
        if isinstance(schema, dict):
            if schema.get("type") == "object":
                assert schema["additionalProperties"] is False or "propertyNames" in schema
            if schema.get("type") == "string":
                assert re.fullmatch(r"\^\(\?:.*\)\$", schema["pattern"])
            for name, one in schema.items():
                if name not in {"const", "enum", "required"}:
                    walk(one)

    for schema in SCHEMAS.values():
        walk(schema)


@pytest.mark.parametrize("statement", samples(), ids=lambda one: one.kind)
def test_a_statement_is_valid_under_the_schema_of_its_kind_alone(statement):
    value = json.loads(encode_statement(statement))
    assert [kind for kind in kinds() if valid(kind, value)] == [statement.kind]


@pytest.mark.parametrize("kind", kinds())
def test_every_statement_is_valid_under_its_schema(kind):
    @settings(max_examples=30)
    @given(any_statement(kind))
    def agrees(statement):
        assert valid(kind, json.loads(encode_statement(statement)))

    agrees()


@pytest.mark.parametrize("statement", samples(), ids=lambda one: one.kind)
def test_the_schema_refuses_what_the_product_refuses_field_by_field(statement):
    known = json.loads(encode_statement(statement))
    news = [
        "Ann Smith", "smith", "", 4_434_765_914, 19_800_312, -1, True, 1.5, None, {"name": "Ann Smith"}, ["Ann Smith"],
        *hostile.BIRTH_DATES,
    ]  # fmt: skip
    tried = 0
    for path, _ in places(statement.predicate, type(statement.predicate)):
        for new in news:
            if path and isinstance(path[-1], tuple) and not isinstance(new, str):
                continue
            value = put(known, ("predicate", *path), new)
            text = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
            tried += 1
            try:
                decode_statement(text)
            except FormatError:
                # Between fields the schema has no say: a registration of nothing is refused by the product alone.
                assert not valid(statement.kind, value) or (new is None and statement.kind == "registration"), (
                    path,
                    new,
                )
            else:
                assert valid(statement.kind, value), (path, new)
    assert tried > 30


def test_the_schema_refuses_a_field_too_many_or_too_few():
    for statement in samples():
        known = json.loads(encode_statement(statement))
        for path in ((), ("predicate",), ("subject", 0), ("subject", 0, "digest")):
            at = known
            for step in path:
                at = at[step]
            assert not valid(statement.kind, put(known, path, at | {"note": "Ann Smith"}))
            for name in at:
                assert not valid(statement.kind, put(known, path, {key: at[key] for key in at if key != name}))
