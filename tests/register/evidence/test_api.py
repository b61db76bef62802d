"""The API: enrolment with a one-time code, signed facts in, one shape of error, and nothing half done."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from jobs.looks import looked_at
from ledger.world import made_key
from lossproof.jobs.recorded_inspection import inspection_fact
from lossproof.jobs.stating import signed
from lossproof.ledger.checkpoint import read_signed
from lossproof.model.fact import Method, Role
from lossproof.model.facts.registration import Action, Device, DeviceKind, Registration
from lossproof.wire.checkin import FactsRequest, encode
from lossproof.wire.facts import subject_of
from register.evidence.api_client import JSON, asked, bring, code_for, enrolled, post, refused

DEVICE = "0123456789abcdef0123456789abcdef"


def device(site, by, subject=DEVICE, organisation=None) -> bytes:
    thing = Device(kind=DeviceKind.STICK, organisation=organisation or site.controller, identifiers=())
    fact = Registration(true_at=site.clock.moment(), action=Action.CREATED, device=thing)
    return signed(by, fact, subject_of(subject))


def look(site, by, subject=DEVICE) -> bytes:
    seen = looked_at("0d3c5b1e-2f4a-4f6e-8f10-7d2b4c6a8e90")
    fact = inspection_fact(seen, method=Method.READ, true_at=site.clock.moment(), tool="lossproof 0.1.0")
    site.clock.turn(seconds=1)
    return signed(by, fact, subject_of(subject, seen.header_sha256))


def test_a_key_is_enrolled_and_what_it_says_is_in_the_log_and_in_the_projection(either_site):
    site = either_site
    key = enrolled(site)
    answer = bring(site, device(site, key), look(site, key))
    assert [one["status"] for one in answer["outcomes"]] == ["accepted", "accepted"]
    receipts = [one["receipt"] for one in answer["outcomes"]]
    assert {one["status"] for one in receipts} == {"durable"}
    log = site.ledger.log
    signed_checkpoint = read_signed(answer["checkpoint"].encode(), [log.verifier]).checkpoint
    assert signed_checkpoint.size >= receipts[-1]["checkpoint_size"] and answer["recipient"] is None
    rows = site.ledger.database.execute("SELECT kind, inspected_at FROM register_device WHERE subject = ?", (DEVICE,))
    assert rows[0][0] == "stick" and rows[0][1] is not None


def test_a_code_tells_whose_key_it_is_and_works_once(site):
    code = code_for(site, Role.INSPECTOR, person=site.people["staff"])
    key = made_key("sita")
    body = asked(code.lower().replace("-", " "), key)
    first = post(site, "keys", body)
    shape = json.loads(first.content)
    assert (first.status_code, shape["role"], shape["organisation"]) == (201, "inspector", site.controller)
    assert shape["origin"] == site.ledger.log.origin and shape["log_key"] == site.ledger.log.public.hex()
    assert site.ledger.projection.key(key.keyid).person == site.people["staff"]
    size = site.ledger.reader.size
    assert json.loads(post(site, "keys", body).content) == shape and site.ledger.reader.size == size
    assert refused(post(site, "keys", asked(code, made_key("thief"))), 403)["code"] == "policy"
    assert site.ledger.reader.size == size


def test_a_code_that_is_too_old_wrong_or_withdrawn_is_refused_alike(site):
    from lossproof.register.evidence import acts
    from lossproof.register.evidence.models import EnrolmentCode

    old, gone = code_for(site), code_for(site)
    rows = list(EnrolmentCode.objects.order_by("created_at"))
    EnrolmentCode.objects.filter(id=rows[0].id).update(expires_at=rows[0].created_at - timedelta(seconds=1))
    acts.withdraw(rows[1])
    key = made_key("agent")
    said = {json.dumps(refused(post(site, "keys", asked(one, key)), 403)) for one in (old, gone, "A" * 20, "é")}
    assert len(said) == 1


def test_a_proof_that_does_not_hold_enrols_nothing_and_leaves_the_code(site):
    code, key = code_for(site), made_key("agent")
    wrong = asked(code, key, proof=made_key("another").sign(b"lossproof-enrol\n" + code.encode()))
    assert refused(post(site, "keys", wrong), 403)["code"] == "verification"
    assert post(site, "keys", asked(code, key)).status_code == 201


def test_what_is_no_key_is_refused(site):
    code = code_for(site)
    body = json.loads(asked(code, made_key("agent")))
    for public in ("0" * 64, "f" * 64):
        assert refused(post(site, "keys", json.dumps({**body, "public_key": public}).encode()), 400)["code"] == "format"


def test_a_key_that_has_ended_is_not_enrolled_again(site):
    from lossproof.register.evidence import acts

    code, key = code_for(site), made_key("agent")
    post(site, "keys", asked(code, key))
    acts.end_key(site.ledger, site.key, key.keyid[:32])
    refused(post(site, "keys", asked(code, key)), 403)
    refused(post(site, "keys", asked(code_for(site), key)), 403)
    answer = bring(site, device(site, key))
    assert answer["outcomes"][0]["status"] == "refused" and "ended" in answer["outcomes"][0]["error"]["message"]


def test_guessing_is_slowed_down(site):
    key = made_key("agent")
    answers = [post(site, "keys", asked(f"{number:020}", key)) for number in range(12)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429] * 2
    refused(answers[-1], 429)


def test_an_agent_of_a_contractor_speaks_of_its_own_devices_alone(site):
    ours, theirs = enrolled(site), enrolled(site, "contractor", organisation=site.contractor)
    bring(site, device(site, ours))
    own = "f" * 32
    answer = bring(
        site,
        look(site, theirs),
        device(site, theirs, own, site.contractor),
        look(site, theirs, own),
        device(site, theirs, "e" * 32),
    )
    assert [one["status"] for one in answer["outcomes"]] == ["refused", "accepted", "accepted", "refused"]


@pytest.mark.parametrize("path", ["keys", "facts"])
@pytest.mark.parametrize(
    ("body", "more", "status"),
    [
        (b"", {}, 415),  # the test client leaves the type out where there is no body
        (b" ", {}, 400),
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b"{}", {}, 400),
        (b"null", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"[" * 4000, {}, 400),
        (b"{}", {"content_type": "text/plain"}, 415),
        (b"{}", {"content_type": "application/json; charset=utf-16"}, 415),
        (b"{}", {"content_type": "multipart/form-data; boundary=x"}, 415),
        (b"{}", {"content_type": ""}, 415),
        (b"\x1f\x8b", {"headers": {"Content-Encoding": "gzip"}}, 415),
        (b"{}", {"headers": {"Content-Length": "99999999999"}}, 413),
        (b"{}", {"headers": {"Content-Length": "-1"}}, 400),
    ],
)
def test_a_body_that_is_not_one_is_refused_before_it_is_looked_into(site, path, body, more, status):
    assert refused(post(site, path, body, **more), status)["code"] == "format"


def test_too_much_is_refused_without_being_read(site):
    refused(post(site, "facts", b" " * (8 << 20) + b"{}"), 413)
    refused(post(site, "keys", b" " * 4096 + b"{}"), 413)
    refused(post(site, "facts", encode(FactsRequest(facts=[b"x"] * 501))), 400)


def test_an_error_never_repeats_what_was_sent(site):
    answer = post(site, "facts", json.dumps({"facts": ["Sita Fairbairn"], "Sita Fairbairn": "Sita Fairbairn"}).encode())
    refused(answer, 400)
    assert b"Sita" not in answer.content


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_another_method_is_refused_in_the_one_shape(site, method):
    answer = getattr(site.client(), method)("/api/v1/facts")
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    if method != "head":
        refused(answer, 405)


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/", "/api/v1/devices", "/api/v2/facts", "/api/v1/facts/"])
def test_what_is_not_there_is_said_in_the_one_shape(site, path):
    refused(site.client().get(path), 404)
    refused(site.client().post(path, data=b"{}", content_type=JSON), 404)


def test_nobody_needs_a_session_and_none_is_made(site):
    answer = post(site, "facts", encode(FactsRequest(facts=[b"x"])))
    assert answer.status_code == 200 and not answer.cookies


def test_every_refusal_has_the_one_shape_though_the_client_checks_csrf(site):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    refused(client.post("/api/v1/nothing"), 404)
    refused(client.post("/api/"), 404)
    answer = client.post("/health")
    assert (answer["Allow"], answer.headers["Content-Type"]) == ("GET, HEAD", JSON)
    refused(answer, 405)
    assert client.head("/health").status_code == 200


def test_every_refusal_of_a_fact_says_what_to_do_next(site):
    key = enrolled(site)
    outcome = bring(site, b"{}")["outcomes"][0]
    assert (outcome["status"], outcome["error"]["code"]) == ("refused", "format") and outcome["error"]["hint"]
    answer = post(site, "facts", b"{}")
    assert json.loads(answer.content)["error"]["hint"]
    assert bring(site, device(site, key))["outcomes"][0]["error"] is None


def test_a_store_that_fails_says_so_and_nothing_of_itself(site, monkeypatch):
    from lossproof.errors import StoreError
    from lossproof.register.evidence import api

    def broken(*_, **__):
        raise StoreError("/var/lib/secret/store cannot grow: the disk is full")

    monkeypatch.setattr(api, "ingest", broken)
    error = refused(post(site, "facts", encode(FactsRequest(facts=[b"x"]))), 503)
    assert error["code"] == "store" and "/var" not in json.dumps(error)


def test_what_nobody_foresaw_is_said_in_the_one_shape(site, monkeypatch):
    from lossproof.register.evidence import api

    monkeypatch.setattr(api, "ingest", lambda *_, **__: 1 / 0)
    error = refused(post(site, "facts", encode(FactsRequest(facts=[b"x"]))), 500)
    assert "division" not in json.dumps(error)


def test_health_says_how_long_the_log_is_and_nothing_else(site, monkeypatch):
    answer = site.client().get("/health")
    assert json.loads(answer.content) == {"status": "ok", "size": site.ledger.reader.size}
    from lossproof.errors import StoreError
    from lossproof.register.evidence import api

    def broken():
        raise StoreError("no such file")

    monkeypatch.setattr(api, "the_ledger", broken)
    answer = site.client().get("/health")
    assert (answer.status_code, json.loads(answer.content)) == (503, {"status": "unavailable", "size": None})
