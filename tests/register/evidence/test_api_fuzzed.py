"""Schemathesis over the live API: whatever is sent, the answer is one that the OpenAPI document promises.

Generated bodies seldom hold an envelope, so real signed facts and real enrolments are sent too, damaged in every way that
`make campaign` knows: bytes, values of the statement under the old signature, and the same signed anew by an enrolled key.
"""

from __future__ import annotations

import base64
import importlib
import json
import random
import sys
from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fact_samples import SAMPLES
from house.repository import ROOT
from ledger.world import made_key
from lossproof.jobs.stating import signed
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.replay import replay
from lossproof.model.facts.registration import Action, Device, DeviceKind, Registration
from lossproof.wire.facts import subject_of
from register.browsing import Live
from register.evidence.api_client import asked, code_for, enrolled
from register.sites import Site

sys.path.insert(0, str(ROOT / "tools"))
fuzz = importlib.import_module("campaign_fuzz")
shapes = importlib.import_module("campaign_shapes")

DEVICE = "ab" * 16
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize(("path", "method"), [("/api/v1/keys", "post"), ("/api/v1/facts", "post"), ("/health", "get")])
def test_every_answer_is_one_that_was_promised(live: Live, path: str, method: str):
    from django.core.cache import cache

    schema = schemathesis.openapi.from_url(f"{live.url}/api/v1/openapi.json")
    assert {one.ok().path for one in schema.get_all_operations()} == {"/api/v1/keys", "/api/v1/facts", "/health"}
    modes = list(schemathesis.GenerationMode)
    for mode in modes if method == "post" else [schemathesis.GenerationMode.POSITIVE]:

        @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=schema[path][method].as_strategy(generation_mode=mode))
        def sent(case):
            cache.clear()  # or the limit on guessing would answer for the rest
            case.call_and_validate(checks=CHECKS, timeout=20)

        sent()


@pytest.fixture
def key(site: Site) -> PrivateKey:
    """An agent that is enrolled."""
    return enrolled(site)


def real_facts(site: Site, key: PrivateKey) -> list[bytes]:
    """What an agent brings: a device, a look at it, a count."""
    at = site.clock.moment()
    device = Device(kind=DeviceKind.STICK, organisation=site.controller, identifiers=())
    registered = Registration(true_at=at, action=Action.CREATED, device=device)
    looked = replace(SAMPLES["inspection"][0], true_at=at, serial=None)
    counted = replace(SAMPLES["holding"][0], true_at=at, manifest=None)
    return [signed(key, one, subject_of(DEVICE)) for one in (registered, looked, counted)]


def test_real_facts_are_answered_as_promised_however_they_are_damaged(site, live, key):
    schema = schemathesis.openapi.from_url(f"{live.url}/api/v1/openapi.json")
    facts = real_facts(site, key)
    signatures = {"its own": 0, "none that holds": 0}

    def send(*envelopes: bytes) -> list[str]:
        body = {"facts": [base64.b64encode(one).decode() for one in envelopes]}
        case = schema["/api/v1/facts"]["POST"].Case(body=body, media_type="application/json")
        answer = case.call_and_validate(checks=CHECKS, timeout=20)
        assert answer.status_code == 200
        return [one["status"] for one in json.loads(answer.content)["outcomes"]]

    assert send(*facts) == ["accepted"] * 3

    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 1 << 32))
    def damaged(seed: int) -> None:
        draw = random.Random(seed)
        fact = draw.choice(facts)
        forged = [shapes.in_envelope(fact, draw), fuzz.damaged(fact, facts, draw)]
        resigned = shapes.resigned(fact, draw, key)
        outcomes = send(*forged, resigned, fact)
        for envelope, outcome in zip(forged, outcomes, strict=False):
            assert outcome == ("known" if envelope in facts else "refused")
        assert outcomes[3] == "known"
        signatures["its own"] += outcomes[2] != "refused"
        signatures["none that holds"] += outcomes[0] == "refused"

    damaged()
    assert all(signatures.values()), signatures
    assert replay(site.ledger.reader).size == site.ledger.reader.size


def test_real_enrolments_are_answered_as_promised_however_they_are_damaged(site, live):
    from django.core.cache import cache

    schema = schemathesis.openapi.from_url(f"{live.url}/api/v1/openapi.json")
    agent = made_key("one more agent")
    good = asked(code_for(site), agent)

    def send(body: object) -> int:
        cache.clear()  # or the limit on guessing would answer for the rest
        case = schema["/api/v1/keys"]["POST"].Case(body=body, media_type="application/json")
        return int(case.call_and_validate(checks=CHECKS, timeout=20).status_code)

    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 1 << 32))
    def damaged(seed: int) -> None:
        body = shapes.changed_value(json.loads(good), random.Random(seed))
        assume("NaN" not in (text := json.dumps(body)) and "Infinity" not in text)  # no client sends what is no JSON
        assert send(body) in {400, 403, 413} or body == json.loads(good)

    damaged()
    assert [send(json.loads(good)) for _ in range(2)] == [201, 201]
