"""False facts over the API, on either database: forged, altered, replayed, from a key that may no longer speak, from the future.

Each is refused in words, or known already; the log does not grow, what is said of the device does not change, and no gate opens.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fact_samples import SAMPLES
from ledger.world import made_key
from lossproof.jobs.stating import signed
from lossproof.ledger.envelope import open_envelope, sign_statement
from lossproof.ledger.keys import PrivateKey
from lossproof.model.fact import Method, key_subject
from lossproof.model.facts.compromise import Compromise, CompromiseReason
from lossproof.model.facts.retraction import Retraction, RetractionReason
from lossproof.wire.facts import decode_statement, encode_statement, subject_of
from register.devices import estate
from register.evidence.api_client import bring
from register.sites import Site

STRANGER = made_key("stranger")


def look(
    site: Site, device: str, *, layer: Any = estate.SOUND, by: PrivateKey = estate.INSPECTOR, **later: float
) -> bytes:
    """A signed check of NGT-1, true now, or later by so much."""
    site.clock.turn(seconds=1)
    fact = replace(
        SAMPLES["inspection"][0],
        true_at=(site.clock() + timedelta(**later)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        method=Method.READ,
        header=estate.header_of("NGT-1"),
        serial=None,
        layers=(layer,),
        disagreements=(),
    )
    return signed(by, fact, subject_of(device))


@pytest.fixture
def stick(either_site) -> tuple[Site, str]:
    """A counted stick that the last check found without encryption, by a key that stays in force."""
    site = either_site
    device = estate.device(site, "NGT-1")
    estate.count(site, device, 3)
    estate.check(site, device, "NGT-1", layer=estate.PLAIN)
    return site, device


def said(site: Site, device: str) -> tuple[int, list[Any]]:
    """What must not change: the length of the log, and the standing."""
    standing = "SELECT standing, compliant, reasons FROM register_device WHERE subject = ?"
    return site.ledger.reader.size, site.ledger.database.execute(standing, (device,))


def flipped(envelope: bytes) -> bytes:
    """One bit of the signature."""
    shape = json.loads(envelope)
    signature = bytearray(base64.b64decode(shape["signatures"][0]["sig"]))
    signature[7] ^= 1
    shape["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    return written(shape)


def swapped(envelope: bytes, other: bytes) -> bytes:
    """What one says under the signature of another."""
    shape = json.loads(envelope)
    shape["payload"] = json.loads(other)["payload"]
    return written(shape)


def claimed(envelope: bytes, key: PrivateKey) -> bytes:
    """Signed by one, said to be by another."""
    shape = json.loads(envelope)
    shape["signatures"][0]["keyid"] = key.keyid
    return written(shape)


def respelt(envelope: bytes) -> bytes:
    """The same statement, signed by its own key, with a space in it: another envelope for what is in the log."""
    payload = open_envelope(envelope).payload
    return sign_statement(payload.replace(b'","', b'", "', 1), estate.INSPECTOR)


def written(shape: Any) -> bytes:
    return json.dumps(shape, sort_keys=True, separators=(",", ":")).encode()


FORGED: dict[str, tuple[Callable[[Site, str], bytes], str]] = {
    "its signature does not hold": (lambda site, device: flipped(look(site, device)), "does not"),
    "its statement was exchanged": (
        lambda site, device: swapped(look(site, device, layer=estate.PLAIN), look(site, device)),
        "does not",
    ),
    "it names another's key": (
        lambda site, device: claimed(look(site, device, by=STRANGER), estate.INSPECTOR),
        "does not",
    ),
    "its key was never enrolled": (lambda site, device: look(site, device, by=STRANGER), "not enrolled"),
    "it is spelt another way": (lambda site, device: respelt(look(site, device)), "canonical"),
    "it is from the future": (lambda site, device: look(site, device, minutes=11), "still to come"),
    "its device is not registered": (lambda site, device: look(site, "ab" * 16), "not registered"),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_false_fact_is_refused_in_words_and_changes_nothing(stick, how):
    site, device = stick
    make, words = FORGED[how]
    before, fact = said(site, device), make(site, device)
    (outcome,) = bring(site, fact)["outcomes"]
    assert (outcome["status"], outcome["receipt"]) == ("refused", None)
    message = outcome["error"]["message"]
    assert words in message and message[0].islower() and estate.INSPECTOR.keyid not in message
    assert said(site, device) == before


def test_clocks_may_differ_by_ten_minutes(stick):
    site, device = stick
    (outcome,) = bring(site, look(site, device, minutes=9))["outcomes"]
    assert outcome["status"] == "accepted"


@pytest.mark.parametrize("how", ["ended", "compromised"])
def test_a_key_that_may_no_longer_speak_is_refused(stick, how):
    from lossproof.register.evidence import acts

    site, device = stick
    kept = look(site, device)  # signed while the key was still good, and kept for later
    if how == "ended":
        acts.end_key(site.ledger, site.key, key_subject(estate.INSPECTOR.keyid))
    else:
        compromise(site)
    before = said(site, device)
    for fact in (kept, look(site, device), look(site, device, minutes=-600)):
        (outcome,) = bring(site, fact)["outcomes"]
        assert outcome["status"] == "refused" and "key" in outcome["error"]["message"]
    assert said(site, device) == before


def test_a_compromise_takes_what_was_said_before_with_it(stick):
    site, device = stick
    bring(site, look(site, device))
    assert said(site, device)[1][0][0] == "protected"
    compromise(site)
    assert said(site, device)[1][0][0] == "unproven"


def compromise(site: Site) -> None:
    from lossproof.register.projection import apply

    site.clock.turn(seconds=1)
    mark = estate.INSPECTOR.keyid
    fact = Compromise(true_at=site.clock.moment(), fingerprint=mark, reason=CompromiseReason.STOLEN)
    with site.ledger.write() as writer:
        writer.append(signed(site.owner, fact, subject_of(key_subject(mark))))
        apply(writer)


def test_what_is_replayed_is_known_and_is_no_newer_for_it(stick):
    site, device = stick
    good = look(site, device)
    (first,) = bring(site, good)["outcomes"]
    estate.check(site, device, "NGT-1", layer=estate.PLAIN)
    before = said(site, device)
    assert before[1][0][0] == "unprotected"
    site.clock.turn(days=1)
    (again, also) = bring(site, good, good)["outcomes"]
    assert again["status"] == also["status"] == "known"
    assert again["receipt"]["leaves"] == first["receipt"]["leaves"] == also["receipt"]["leaves"]
    assert again["receipt"]["known_at"] == first["receipt"]["known_at"]
    assert said(site, device) == before


def test_what_was_withdrawn_does_not_come_back(stick):
    site, device = stick
    good = look(site, device)
    (first,) = bring(site, good)["outcomes"]
    (leaf,) = first["receipt"]["leaves"]
    site.clock.turn(seconds=1)
    withdrawn = Retraction(
        true_at=site.clock.moment(), leaf=leaf, envelope=first["envelope"], reason=RetractionReason.WRONG_DEVICE
    )
    subjects = decode_statement(open_envelope(good).payload).subjects
    (outcome,) = bring(site, signed(estate.INSPECTOR, withdrawn, *subjects))["outcomes"]
    assert outcome["status"] == "accepted"
    before = said(site, device)
    assert before[1][0][0] != "protected"
    (again,) = bring(site, good)["outcomes"]
    assert again["status"] == "known" and said(site, device) == before


def test_a_check_of_yesterday_brought_again_opens_no_gate(stick):
    site, device = stick
    good = look(site, device)
    bring(site, good)
    estate.count(site, device, 0)
    site.clock.turn(days=2)
    bring(site, good)
    sent = {"devices": "NGT-1", "email": "staff@example.org", "reason": "issued"}
    page = site.client_of("it").post("/hand-over", sent)
    assert page.status_code == 409 and "too old for a hand-over" in page.content.decode()


def test_a_fact_of_another_register_says_nothing_here(stick):
    site, device = stick
    # Signed by a key that is enrolled here too, about the same medium, and about the id that it has there.
    elsewhere = encode_statement(decode_statement(open_envelope(look(site, "cd" * 16)).payload))
    before = said(site, device)
    (outcome,) = bring(site, sign_statement(elsewhere, estate.INSPECTOR))["outcomes"]
    assert outcome["status"] == "refused" and said(site, device) == before


def test_one_false_fact_costs_the_true_ones_beside_it_nothing(stick):
    site, device = stick
    facts = [flipped(look(site, device)), look(site, device, layer=estate.PLAIN), look(site, device, by=STRANGER)]
    facts += [look(site, device, minutes=30), look(site, device)]
    outcomes = bring(site, *facts)["outcomes"]
    assert [one["status"] for one in outcomes] == ["refused", "accepted", "refused", "refused", "accepted"]
    assert said(site, device)[1][0][0] == "protected"
