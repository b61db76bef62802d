"""A governance lead answers a person: a copy of everything, and an erasure, with what stays and why."""

from __future__ import annotations

import json

import pytest

from lossproof.model.facts.custody import CustodyEvent
from register.retention import filled
from register.sites import NAMES

NAME, EMAIL = "Una Maltravers", "una@example.org"


@pytest.fixture
def una(site) -> str:
    """Somebody with a device, a signed text and some traces; still here."""
    who = filled.person(site, NAME, EMAIL, ended=False)
    stick = filled.device(site, serial="AA-0017", tag="S-17")
    filled.hand_over(site, stick, who)
    filled.signed_text(site, who, f"I, {NAME}, take a <stick>")
    from lossproof.register.access.models import Look

    Look.objects.create(person=who, device=stick, looked_at=site.clock.at)
    return who


def leaves(site, una: str) -> None:
    """The person returns the device, and the account is ended."""
    from lossproof.register.accounts import acts
    from lossproof.register.accounts.models import Account
    from lossproof.register.projection import catch_up

    catch_up(site.ledger)
    for (subject,) in site.ledger.database.execute("SELECT subject FROM register_device WHERE holder = ?", (una,)):
        filled.custody(site, subject, CustodyEvent.RETURNED)
    acts.end(site.ledger, site.key, Account.objects.get(id=una), version=1)


def test_the_copy_has_everything_that_is_held(site, una):
    page = site.client_of("governance_lead").get(f"/people/{una}/data.json")
    assert page.status_code == 200 and "attachment" in page["Content-Disposition"]
    assert NAME not in page["Content-Disposition"]
    copy = json.loads(page.content)
    account = copy["account"]
    assert (account["name"], account["email"], account["duties"]) == (NAME, EMAIL, ["staff"])
    assert account["second_factors"] == ["totp"] and "made up" not in page.content.decode()
    assert [(one["asset_tag"], one["serial"], one["state"]) for one in copy["devices"]] == [("S-17", "AA-0017", "held")]
    assert [one["text"] for one in copy["signed_texts"]] == [f"I, {NAME}, take a <stick>"]
    assert len(copy["looks"]) == len(copy["links"]) == 1
    said = [(one["kind"], one["says"].get("event") or one["says"].get("action")) for one in copy["facts"]]
    assert said == [("registration", "created"), ("custody", "offered"), ("custody", "accepted")]
    assert all(una in json.dumps(one) for one in copy["facts"])
    assert copy["stays_when_erased"]


def test_every_fact_that_holds_the_id_is_in_the_copy(site, una):
    from lossproof.register.data_subjects.copying import all_about

    leaves(site, una)
    ledger, reader = site.ledger, site.ledger.reader
    holding = [
        leaf.index
        for leaf in reader.leaves()
        if leaf.entry.kind == "fact"
        and (leaf.entry.about == una or una.encode() in _payload(reader.envelope(leaf.entry.digest)))
    ]
    assert [one["leaf"] for one in all_about(ledger, una)["facts"]] == holding
    assert len(holding) == 4


def _payload(envelope: bytes) -> bytes:
    from lossproof.ledger.envelope import open_envelope

    return open_envelope(envelope).payload


def test_the_page_is_for_reading_and_escapes_what_was_signed(site, una):
    text = site.client_of("governance_lead").get(f"/people/{una}/data").content.decode()
    for words in (
        NAME,
        EMAIL,
        "S-17",
        "accepted",
        "&lt;stick&gt;",
        "1 look at what a device holds",
        NAMES["governance_lead"],
    ):
        assert words in text, words
    assert "<stick>" not in text and len(text) < 100_000


@pytest.mark.parametrize("duty", ["it", "staff", "contractor", "auditor", "regulator"])
@pytest.mark.parametrize("end", ["", ".json", "/erase"])
def test_nobody_else_may(site, una, duty, end):
    client = site.client_of(duty)
    assert client.get(f"/people/{una}/data{end}").status_code == 403
    assert client.post(f"/people/{una}/data/erase").status_code == 403
    assert site.client().get(f"/people/{una}/data{end}").status_code == 302
    assert NAME not in client.get(f"/people/{una}/data{end}").content.decode()


@pytest.mark.parametrize("who", ["0f" * 16, "x", "%00", "a" * 300])
def test_nobody_is_not_found(site, who):
    for end in ("", ".json", "/erase"):
        assert site.client_of("governance_lead").get(f"/people/{who}/data{end}").status_code == 404


def test_who_is_still_here_or_has_a_device_is_not_erased_and_the_page_says_what_to_do(site, una):
    from lossproof.register.accounts import acts
    from lossproof.register.accounts.models import Account

    client, path = site.client_of("governance_lead"), f"/people/{una}/data/erase"
    assert "end the account first" in client.get(path).content.decode()
    refused = client.post(path)
    assert refused.status_code >= 400 and "has not ended" in refused.content.decode()
    acts.end(site.ledger, site.key, Account.objects.get(id=una), version=1)
    assert "returned first" in client.get(path).content.decode()
    assert client.post(path).status_code >= 400
    assert Account.objects.get(id=una).name == NAME


def test_an_erasure_keeps_the_facts_and_says_what_stays(site, una):
    leaves(site, una)
    size = site.ledger.reader.size
    client, path = site.client_of("governance_lead"), f"/people/{una}/data/erase"
    asked = client.get(path).content.decode()
    assert "Nobody can undo this" in asked and "17(3)(e)" in asked and "cited from memory" in asked
    done = client.post(path, follow=True)
    text = done.content.decode()
    assert done.status_code == 200 and "It is erased" in text and "person_asked" in text
    assert NAME not in text and EMAIL not in text and "stick&gt;" not in text
    assert site.ledger.reader.size == size
    copy = json.loads(client.get(f"/people/{una}/data.json").content)
    assert copy["account"]["erased_under"] == "person_asked" and len(copy["facts"]) == 4
    assert NAME not in json.dumps(copy) and EMAIL not in json.dumps(copy)
    assert una in (site.options.keys / "erased").read_text()


def test_it_works_on_postgresql(site_postgresql):
    site = site_postgresql
    who = filled.person(site, NAME, EMAIL)
    client = site.client_of("governance_lead")
    assert json.loads(client.get(f"/people/{who}/data.json").content)["account"]["name"] == NAME
    assert client.post(f"/people/{who}/data/erase").status_code == 302
    assert json.loads(client.get(f"/people/{who}/data.json").content)["account"]["name"] is None


@pytest.mark.browser
def test_the_pages_are_for_everybody(live, browser):
    from register.browsing import axe, overflows

    site = live.site
    who = filled.person(site, NAME, EMAIL, ended=False)
    stick = filled.device(site, serial="AA-0017", tag="S-17")
    filled.hand_over(site, stick, who)
    filled.signed_text(site, who, f"I, {NAME}, take a stick")
    gone = filled.person(site, "Tom Renshaw", "tom@example.org")
    for width in (1200, 320):
        tab = live.tab(browser, "governance_lead", width=width)
        for path in (
            f"/people/{who}/data",
            f"/people/{gone}/data",
            f"/people/{who}/data/erase",
            f"/people/{gone}/data/erase",
        ):
            tab.goto(live.url + path)
            assert axe(tab) == []
            assert not overflows(tab)
    tab.get_by_role("button", name="Erase it").click()
    assert "It is erased" in tab.content()
    assert axe(tab) == []
