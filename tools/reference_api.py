"""The API's pages: openapi.json as the register gives it, and api.md that reads it out."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from lossproof.wire import checkin

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of a register that has been told nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lossproof.register.settings")
    import django

    django.setup()
    from lossproof.register.evidence.api import api

    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=f"{checkin.PREFIX}/")))
    return made


def openapi_text() -> str:
    """openapi.json."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def parts(table: Table) -> Iterator[str]:
    """What stands on the page below its title."""
    yield inspect.cleandoc(checkin.__doc__ or "")
    yield (
        "The same, for machines: [openapi.json](openapi.json), which a register also gives at `/api/v1/openapi.json`. How to send "
        "what you have checked: [Run an agent](../how-to/run-an-agent.md)."
    )
    yield (
        "For those who write a client: an envelope is canonical JSON with one Ed25519 signature over the pre-authentication encoding of "
        "DSSE, as [the evidence pack](evidence-pack.md#the-members) has it, its `keyid` the SHA-256 of the raw public key. It holds a "
        "statement of one of the [kinds of fact](facts.md), canonical JSON too: every field is there. A medium that the register does not "
        "know is registered first, under a random id of yours; its `subject` has that id for its `name`, and a SHA-256: the header's that "
        "an inspection saw, else that of the id's 16 bytes. The salt and the text behind each salted digest go along under `values`."
    )
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            yield f"## {method.upper()} {path}\n\n{operation['summary']}. {operation.get('description', '')}".rstrip()
            if "requestBody" in operation:
                yield f"Takes one {_shape(operation['requestBody'])} as `application/json`."
            answers = ((status, said["description"], _shape(said)) for status, said in operation["responses"].items())
            yield table(("status", "when", "answer"), sorted(answers))
    yield "## Shapes"
    for name, schema in sorted(document()["components"]["schemas"].items()):
        needed = set(schema.get("required", ()))
        yield f"### {name}\n\n{' '.join(schema.get('description', '').split())}"
        yield table(
            ("name", "type", "must be there"),
            ((f"`{key}`", _type(one), "yes" if key in needed else "no") for key, one in schema["properties"].items()),
        )


def _shape(having: dict[str, Any]) -> str:
    return _type(having["content"]["application/json"]["schema"])


def _type(schema: dict[str, Any]) -> str:
    """A schema in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        most = f", at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"array of {_type(schema['items'])}{most}"
    return "string, base64" if schema.get("contentEncoding") == "base64" else str(schema["type"])
