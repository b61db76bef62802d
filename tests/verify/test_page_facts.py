"""verify/verify.html and the product agree on what a fact may hold, field by field."""

from __future__ import annotations

import base64
import copy
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from lossproof.model.facts import kinds
from lossproof.model.shapes import Shaped
from verify import building
from verify.building import Book, canonical, envelope, sealed
from verify.in_browser import PAGE, Case, differences
from verify.stories import keys_come_and_go

[RULES] = re.findall(r"^const RULES = \{\n(.*?)^\};", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
HOSTILE = (
    *("Ann Smith", "", "0" * 32, "A" * 64, "2026-02-30T00:00:00Z", "2019-01-01T00:00:00Z", "2026-01-01T24:00:00Z"),
    *(-1, 1.5, 0, 1, 12_345_678, 12_340_000, 1 << 60, True, None, [], {}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def with_value(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(whole)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def a_layer(parent: int | None = None) -> dict[str, Any]:
    kdf = {"hash": "sha256", "iterations": 4, "lanes": 4, "memory_kib": 1024, "name": "argon2id"}
    return {
        "cipher": "aes-xts-plain64",
        "extents": [{"content": "ciphertext", "offset_bytes": 0, "size_bytes": 512}],
        "findings": ["encrypted"],
        "header": building.DIGEST,
        "key_bits": 512,
        "offset_bytes": 0,
        "parent": parent,
        "protectors": [{"kdf": kdf, "kind": "keyslot"}],
        "scheme": "luks2",
        "size_bytes": 1 << 30,
        "state": "encrypted",
        "uuid": building.DIGEST,
    }


def sample_statements() -> list[dict[str, Any]]:
    """One statement of each kind and of each thing that is registered."""
    made = Book()
    keys_come_and_go(made)
    made.fact("registration", building.person("staff", "it"), "nurse")
    made.fact("registration", building.exception(), "leave")
    custody = dict.fromkeys(("exception", "handover", "organisation", "to"), building.identity("handover"))
    custody |= {"proof": building.DIGEST, "text": building.DIGEST, "reason": "issued"}
    made.fact("custody", building.custody("accepted", **custody), "stick")
    made.fact("request", building.request("encrypted"), "stick")
    made.fact("policy", building.rules(), "trust")
    made.fact("inspection", building.inspection() | {"layers": [a_layer(), a_layer(0)]}, "stick", by="auditor")
    found = {}
    for sealed_fact in made.envelopes.values():
        statement = json.loads(base64.b64decode(json.loads(sealed_fact)["payload"]))
        thing = next(
            (
                key
                for key in ("device", "key", "organisation", "person", "exception")
                if statement["predicate"].get(key)
            ),
            "",
        )
        found[statement["predicateType"], thing] = statement
    assert {kind.split(":")[2] for kind, _ in found} == set(kinds())
    return list(found.values())


def pack_with(payload: bytes) -> bytes:
    """The smallest pack with an envelope around a payload, whatever it says. Nothing leads to it, so a pack is refused, here or there."""
    extra = envelope(payload, "owner")
    return sealed(SMALLEST | {f"envelopes/{building.digest(extra)}.json": extra})


def smallest() -> building.Members:
    book = Book()
    book.fact("genesis", building.genesis(), "log", "owner", "trust")
    book.fact("registration", building.device(), "stick")
    book.heads()
    return book.members("stick", witnesses=())


SMALLEST = smallest()


@pytest.mark.browser
def test_of_facts_with_anything_in_any_field_they_say_the_same(page):
    draw = random.Random(5)
    cases = []
    policy = building.policy(threshold=0)
    for statement in sample_statements():
        kind, whole = statement["predicateType"], canonical(statement)
        texts = {"as it is": whole, "a space": b" " + whole, "more": canonical(statement | {"more": 1})}
        texts |= {"another version": whole.replace(b":v1", b":v2"), "a field twice": b'{"_type":"",' + whole[1:]}
        texts |= {"half": whole[: len(whole) // 2], "not ASCII": whole.replace(b"created", "cr\u00e9ated".encode())}
        for path in places(statement):
            value = draw.choice(HOSTILE)
            texts[f"{path} = {value!r}"] = canonical(with_value(statement, path, value))
        cases += [Case(f"{kind} {name}", pack_with(text), policy) for name, text in texts.items()]
    assert len(cases) > 250
    assert differences(page, cases) == {}
    # What is of its kind's shape gets past that step, and is then a fact that nothing leads to; but genesis itself is there.
    assert {said["part"] for said in page.verify(cases)} == {"envelope", "chain", None}


@pytest.mark.browser
def test_of_rules_that_no_single_field_shows_they_say_the_same(page):
    policy = building.policy(threshold=0)
    [inspected] = [one for one in sample_statements() if "inspection" in one["predicateType"]]
    [counted] = [one for one in sample_statements() if "holding" in one["predicateType"]]
    texts = {}
    for name, parents in {
        "itself": [0],
        "behind": [1, None],
        "two levels": [None, 0, 1],
        "deepest": [None, *range(32)],
        "too deep": [None, *range(33)],
        "side by side": [None] * 40,
    }.items():
        layers = [a_layer(parent) for parent in parents]
        texts[f"layers: {name}"] = canonical(with_value(inspected, ("predicate", "layers"), layers))
    for low, point, high in ((1, 2, 3), (2, 1, 3), (1, 3, 2), (3, 3, 3)):
        people = {"high": high, "low": low, "point": point}
        texts[f"people: {people}"] = canonical(with_value(counted, ("predicate", "people"), people))
    cases = [Case(name, pack_with(text), policy) for name, text in texts.items()]
    assert differences(page, cases) == {}
    refused = {case.name for case, said in zip(cases, page.verify(cases), strict=True) if said["part"] == "envelope"}
    assert {"layers: itself", "layers: behind", "layers: too deep"} < refused
    assert not refused & {"layers: two levels", "layers: deepest", "layers: side by side"}


def test_no_rule_of_the_model_stands_beside_the_shapes_but_those_that_the_page_knows():
    def classes(base: type) -> Iterator[type]:
        for one in base.__subclasses__():
            yield one
            yield from classes(one)

    assert kinds()
    ruled = {
        one.__name__
        for one in classes(Shaped)
        if "__post_init__" in vars(one) and one.__module__.startswith("lossproof.model.")
    }
    assert ruled == set(re.findall(r"^  (\w+): \(", RULES, re.MULTILINE))
