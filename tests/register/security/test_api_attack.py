"""What a contractor's key, or a stolen one, tries through the API."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fact_samples import SAMPLES
from ledger.world import made_key
from lossproof.jobs.stating import signed
from lossproof.ledger.erasable import salted_digest
from lossproof.model.fact import Role
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)
from lossproof.model.facts.retraction import Retraction, RetractionReason
from lossproof.wire.checkin import Value
from lossproof.wire.facts import subject_of
from register.evidence.api_client import bring, enrolled
from register.sites import Site

THEIRS = "ab" * 16


def registration(
    site: Site, key, subject: str = THEIRS, *, action=Action.CREATED, kind=DeviceKind.LAPTOP, organisation=None, ids=()
):
    device = Device(kind=kind, organisation=organisation or site.contractor, identifiers=tuple(ids))
    site.clock.turn(seconds=1)
    return signed(key, Registration(true_at=site.clock.moment(), action=action, device=device), subject_of(subject))


@pytest.fixture
def key(site):
    """The contractor's agent, which has registered one laptop of its own."""
    key = enrolled(site, "contractor", Role.AGENT, site.contractor)
    (done,) = bring(site, registration(site, key))["outcomes"]
    assert done["status"] == "accepted"
    return key


def standing(site: Site, subject: str = THEIRS):
    from lossproof.register.devices import queries
    from lossproof.register.devices.now import up_to_date

    up_to_date(site.ledger)
    return queries.one(site.ledger.database, subject)


def test_a_device_does_not_become_something_that_no_rule_is_about(site, key):
    before = standing(site)
    (refused,) = bring(site, registration(site, key, action=Action.CHANGED, kind=DeviceKind.OTHER))["outcomes"]
    assert refused["status"] == "refused"
    assert standing(site) == before


def test_a_device_does_not_vanish_by_taking_its_registration_back(site, key):
    leaf = site.ledger.reader.chain(THEIRS)[0]
    site.clock.turn(seconds=1)
    fact = Retraction(
        true_at=site.clock.moment(), envelope=leaf.entry.digest, leaf=leaf.index, reason=RetractionReason.WRONG_DEVICE
    )
    (refused,) = bring(site, signed(key, fact, subject_of(THEIRS)))["outcomes"]
    assert refused["status"] == "refused", refused
    assert standing(site) is not None


def test_nobody_ends_a_device_through_the_api(site, key):
    site.clock.turn(seconds=1)
    fact = Registration(true_at=site.clock.moment(), action=Action.ENDED)
    (refused,) = bring(site, signed(key, fact, subject_of(THEIRS)))["outcomes"]
    assert refused["status"] == "refused"


def test_a_contractor_registers_nothing_for_others(site, key):
    for organisation in (site.controller, site.organisations["auditor"]):
        (refused,) = bring(site, registration(site, key, "cd" * 16, organisation=organisation))["outcomes"]
        assert refused["status"] == "refused"


def test_a_copied_digest_does_not_show_what_stands_behind_it(site, key):
    """The controller's serial number is under a salt; whoever has its digest from a pack must not have it read to them."""
    from lossproof.register.devices import acts
    from lossproof.register.devices.named import called

    ours = acts.new_device(
        site.ledger,
        site.key,
        kind=DeviceKind.LAPTOP,
        organisation=site.controller,
        asset_tag="LS-0042",
        serial="WD-SECRET-77",
    )
    copied = [
        DeviceIdentifier(scheme=IdentifierScheme(scheme), digest=digest)
        for scheme, digest in site.ledger.projection.device(ours).identifiers
    ]
    bring(site, registration(site, key, "cd" * 16, ids=copied))
    assert not called(site.ledger, ["cd" * 16])["cd" * 16].serial
    page = site.client_of("contractor").get(f"/devices/{'cd' * 16}").content.decode()
    assert "WD-SECRET-77" not in page and "LS-0042" not in page


@pytest.mark.parametrize("scheme", [IdentifierScheme.SERIAL, IdentifierScheme.ASSET_TAG])
@pytest.mark.parametrize("ended", [False, True])
def test_nor_does_one_that_a_check_says_it_saw(site, key, scheme, ended):
    """A laptop's medium may have a serial number of its own, which its check brings: not one that was copied, nor a tag's."""
    from lossproof.register.devices import acts
    from lossproof.register.devices.named import called

    names = {"asset_tag": "LS-0042", "serial": "WD-SECRET-77"}
    ours = acts.new_device(site.ledger, site.key, kind=DeviceKind.LAPTOP, organisation=site.controller, **names)
    copied = dict(site.ledger.projection.device(ours).identifiers)[scheme]
    if ended:
        acts.end(site.ledger, site.key, ours)
    site.clock.turn(seconds=1)
    fact = replace(SAMPLES["inspection"][0], true_at=site.clock.moment(), serial=copied, disagreements=())
    (done,) = bring(site, signed(key, fact, subject_of(THEIRS)))["outcomes"]
    assert done["status"] == "accepted", done
    assert called(site.ledger, [THEIRS])[THEIRS] == ("", "")
    page = site.client_of("contractor").get(f"/devices/{THEIRS}").content.decode()
    assert not [name for name in names.values() if name in page]


def test_a_planted_asset_tag_does_not_take_over_what_it_imports_next(site, key):
    from lossproof.jobs.importing import Status, plan
    from lossproof.wire.table import Table

    salt = b"s" * 16
    value = Value(digest=salted_digest(salt, "LS-0101"), kind="asset_tag", salt=salt, value="LS-0101")
    planted = DeviceIdentifier(scheme=IdentifierScheme.ASSET_TAG, digest=value.digest)
    (done,) = bring(site, registration(site, key, "cd" * 16, ids=[planted]), values=[value])["outcomes"]
    assert done["status"] == "accepted"
    table = Table(("Asset tag", "Kind"), [["LS-0101", "laptop"]], 2)
    (step,) = plan(site.ledger, table, None, signer=site.key).steps
    assert step.status is Status.ERROR and "another organisation" in step.reason


def test_what_is_brought_again_is_known_as_before(site, key):
    salt = b"s" * 16
    value = Value(digest=salted_digest(salt, "WS-1"), kind="asset_tag", salt=salt, value="WS-1")
    fact = registration(
        site, key, "cd" * 16, ids=[DeviceIdentifier(scheme=IdentifierScheme.ASSET_TAG, digest=value.digest)]
    )
    for status in ("accepted", "known"):
        assert [one["status"] for one in bring(site, fact, values=[value])["outcomes"]] == [status]


def test_a_compromised_or_ended_key_says_nothing_more(site, key):
    from lossproof.register.evidence import acts

    acts.end_key(site.ledger, site.key, site.ledger.projection.key(key.keyid).subject)
    (refused,) = bring(site, registration(site, key, "cd" * 16))["outcomes"]
    assert refused["status"] == "refused"


def test_deep_duplicate_and_strange_json_is_refused_in_one_shape(site):
    client = site.client()
    bodies = [
        b"[" * 100_000,
        b'{"facts":' * 50_000,
        b'{"facts": ["QQ=="], "facts": ["QUFB"]}',
        b'{"facts": ["' + b"A" * 4_000_000 + b'"]}',
        b"\xff\xfe",
        b'{"facts": ["QQ=="], "values": [{"digest": "'
        + b"0" * 64
        + b'", "kind": "serial", "salt": "AA==", "value": ""}]}',
    ]
    for body in bodies:
        answer = client.post("/api/v1/facts", data=body, content_type="application/json")
        assert answer.status_code in {200, 400, 413}, body[:20]
        assert json.loads(answer.content)
    assert made_key("nobody").keyid not in str(site.ledger.projection.enrolled_keys())
