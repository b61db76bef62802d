"""Pages about keys: a code is shown once, keys are listed and ended, and nobody sees those of others."""

from __future__ import annotations

import re

import pytest

from ledger.world import made_key
from register.browsing import axe, overflows
from register.evidence.api_client import asked, code_for, enrolled, post

EXPECTED_QUERIES = 16


def text_of(answer) -> str:
    return answer.content.decode()


def typed(site, **more: str) -> dict[str, str]:
    return {"role": "agent", "label": "Ward 7 laptop", "organisation": site.controller, "person": "", **more}


def test_it_makes_a_code_that_enrols_a_key_which_is_then_listed_and_ended(site):
    it = site.client_of("it")
    assert text_of(it.get("/agents")).count("in force") == 1  # the inspector of the store itself
    page = text_of(it.post("/agents/new", typed(site)))
    code = re.search(r">((?:[0-9A-Z]{4}-){4}[0-9A-Z]{4})<", page)[1]
    assert "lossproof agent enrol http://testserver" in page
    waiting = text_of(it.get("/agents"))
    assert "Ward 7 laptop" in waiting and code not in waiting
    key = made_key("ward 7")
    assert post(site, "keys", asked(code, key)).status_code == 201
    listed = text_of(it.get("/agents"))
    assert "Ward 7 laptop" in listed and "in force" in listed and "Codes that nobody has used" not in listed
    one = f"/agents/{key.keyid[:32]}"
    assert key.keyid[:4] in text_of(it.get(one))
    assert "End the key of Ward 7 laptop?" in text_of(it.get(f"{one}/end"))
    assert site.ledger.projection.key(key.keyid).active
    it.post(f"{one}/end")
    assert not site.ledger.projection.key(key.keyid).active
    assert "ended" in text_of(it.get("/agents"))
    assert it.post(f"{one}/end").status_code == 400


def test_a_code_of_a_person_says_whose_it_is(site):
    it = site.client_of("governance_lead")
    refused = text_of(it.post("/agents/new", typed(site, role="inspector")))
    assert "Select the person whose key it will be" in refused and "There is a problem" in refused
    page = text_of(it.post("/agents/new", typed(site, role="inspector", person=site.people["staff"])))
    assert "--ask-passphrase" in page and "--report-to http://testserver" in page
    wrong = it.post("/agents/new", typed(site, role="inspector", person=site.people["contractor"]))
    assert "of another organisation" in text_of(wrong)
    assert "Select a valid choice" in text_of(it.post("/agents/new", typed(site, role="owner")))


def test_a_code_can_be_withdrawn_until_it_is_used(site):
    from lossproof.register.evidence.models import EnrolmentCode

    it, code = site.client_of("it"), code_for(site)
    row = EnrolmentCode.objects.get()
    it.get(f"/agents/codes/{row.id}/withdraw")
    assert EnrolmentCode.objects.exists()
    it.post(f"/agents/codes/{row.id}/withdraw")
    assert not EnrolmentCode.objects.exists()
    assert post(site, "keys", asked(code, made_key("agent"))).status_code == 403
    enrolled(site)
    used = EnrolmentCode.objects.get()
    assert it.post(f"/agents/codes/{used.id}/withdraw").status_code == 409


@pytest.mark.parametrize("duty", ["staff", "contractor", "auditor", "regulator"])
def test_others_may_not_use_these_pages(site, duty):
    client = site.client_of(duty)
    key = enrolled(site).keyid[:32]
    for path in ("/agents", "/agents/new", f"/agents/{key}", f"/agents/{key}/end", "/agents/codes/x/withdraw"):
        assert client.get(path).status_code == 403, path
        assert client.post(path).status_code == 403, path
    assert site.ledger.projection.key(key).active


def test_what_is_not_there_and_what_is_no_agents_key_is_not_found(site):
    it = site.client_of("it")
    for key in ("0" * 32, site.key.keyid[:32], site.owner.keyid[:32], site.key.keyid, "x"):
        assert it.get(f"/agents/{key}").status_code == 404
        assert it.post(f"/agents/{key}/end").status_code == 404
    assert it.post("/agents/codes/x/withdraw").status_code == 404
    assert site.ledger.projection.key(site.key.keyid).active


def test_long_lists_come_in_pages_of_few_queries(site, django_queries):
    keys = [enrolled(site, f"agent {number}") for number in range(3)]
    it = site.client_of("it")
    with django_queries(EXPECTED_QUERIES):
        it.get("/agents")
    second = text_of(it.get(f"/agents?after={keys[2].keyid[:32]}"))
    assert keys[1].keyid[:32] in second and f"/agents/{keys[2].keyid[:32]}" not in second
    assert "First page" in second


@pytest.fixture
def django_queries():
    from contextlib import contextmanager

    @contextmanager
    def at_most(number: int):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            yield
        assert len(seen) <= number, [one["sql"][:120] for one in seen]

    return at_most


@pytest.mark.browser
def test_the_pages_are_for_everybody(live, browser):
    site = live.site
    tab = live.tab(browser, "it", width=320)

    def fine() -> None:
        assert axe(tab) == [] and not overflows(tab)
        assert len(tab.content()) < 100_000

    tab.goto(f"{live.url}/agents")
    fine()
    tab.goto(f"{live.url}/agents/new")
    fine()
    tab.get_by_role("button", name="Make the code").click()
    assert "There is a problem" in tab.inner_text("main")
    fine()
    tab.get_by_label("An agent on a computer").check()
    tab.get_by_label("What do you call it?").fill("Ward 7 laptop")
    tab.get_by_label("Organisation").select_option(site.controller)
    tab.get_by_role("button", name="Make the code").click()
    assert "Your code for Ward 7 laptop" in tab.inner_text("h1")
    fine()
    key = enrolled(site)
    tab.goto(f"{live.url}/agents")
    fine()
    tab.goto(f"{live.url}/agents/{key.keyid[:32]}")
    fine()
    tab.goto(f"{live.url}/agents/{key.keyid[:32]}/end")
    fine()


@pytest.mark.browser
def test_a_code_is_made_without_javascript(live, browser):
    tab = live.tab(browser, "it", javascript=False)
    tab.goto(f"{live.url}/agents")
    tab.get_by_role("button", name="Let a new key count").click()
    tab.get_by_label("An agent on a computer").check()
    tab.get_by_label("What do you call it?").fill("Ward 7 laptop")
    tab.get_by_label("Organisation").select_option(live.site.controller)
    tab.get_by_role("button", name="Make the code").click()
    assert "lossproof agent enrol" in tab.inner_text("main")


def test_the_key_that_was_made_with_the_store_is_called_its_own_terminals(site):
    text = site.client_of("it").get("/agents").content.decode()
    assert "This register&#39;s own terminal" in text
