"""Somebody who uses the API of a test site: keys, codes, envelopes, and requests as JSON."""

from __future__ import annotations

import json
from typing import Any

from ledger.world import made_key
from lossproof.ledger.keys import PrivateKey
from lossproof.model.fact import Role
from lossproof.wire.checkin import EnrolRequest, FactsRequest, compact_code, encode, enrol_message
from register.sites import Site

JSON = "application/json"


def post(site: Site, path: str, body: bytes, **more: Any) -> Any:
    return site.client().post(f"/api/v1/{path}", data=body, **{"content_type": JSON, **more})


def code_for(site: Site, role: Role = Role.AGENT, organisation: str | None = None, person: str = "") -> str:
    from lossproof.register.evidence import acts

    made = acts.new_code(
        site.ledger,
        role=role,
        organisation=organisation or site.controller,
        by=site.people["it"],
        person=person,
        label="a made-up computer",
    )
    return made[1]


def asked(code: str, key: PrivateKey, *, proof: bytes | None = None) -> bytes:
    compact = compact_code(code)
    return encode(
        EnrolRequest(code=compact, public_key=key.public.hex(), proof=proof or key.sign(enrol_message(compact)))
    )


def enrolled(site: Site, name: str = "agent", role: Role = Role.AGENT, organisation: str | None = None) -> PrivateKey:
    key = made_key(name)
    answer = post(site, "keys", asked(code_for(site, role, organisation), key))
    assert answer.status_code == 201, answer.content
    return key


def bring(site: Site, *facts: bytes, **more: Any) -> dict[str, Any]:
    answer = post(site, "facts", encode(FactsRequest(facts=list(facts), **more)))
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def refused(answer: Any, status: int) -> dict[str, str]:
    """The error of an answer, in its one shape."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert answer["Content-Type"] == JSON
    shape = json.loads(answer.content)
    assert set(shape) == {"error"} and set(shape["error"]) == {"code", "message", "hint"}
    assert shape["error"]["message"][0].islower() and not shape["error"]["message"].endswith(".")
    return shape["error"]
