"""Accounts: the first one, invitations, changes and ends, each with its fact; who may do it."""

from __future__ import annotations

import re

import pytest

from lossproof.errors import InputError, PolicyError
from lossproof.model.fact import Duty, Relation
from lossproof.register.accounts import welcome
from register.sites import CONTROLLER_NAME, NAMES, PASSWORD, Site


def facts_about(site: Site, subject: str) -> list:
    reader = site.ledger.reader
    return [reader.statement(leaf.entry.digest).predicate for leaf in reader.chain(subject)]


def link_in(page) -> str:
    return re.search(r"http://testserver(/join/[\w-]+)", page.content.decode())[1]


@pytest.fixture
def nobody(site):
    """A register in which nobody has an account yet."""
    from lossproof.register.accounts import middleware
    from lossproof.register.accounts.models import Account

    Account.objects.all().delete()
    middleware._begun.clear()
    yield site
    middleware._begun.clear()


FIRST = {"name": "Nell Farrow", "email": "nell@example.org", "password": PASSWORD}


def test_the_first_account_is_made_with_the_code_from_the_terminal(nobody):
    client = nobody.client()
    assert client.get("/people")["Location"] == "/welcome"
    code = welcome.new_code()
    assert "The one that" in client.get("/welcome").content.decode()
    wrong = client.post("/welcome", {**FIRST, "code": "aaaaa-bbbbb-ccccc-ddddd"})
    assert "This is not the code" in wrong.content.decode()
    weak = client.post("/welcome", {**FIRST, "code": code, "password": "nellfarrow"})
    assert "too short" in weak.content.decode()
    done = client.post("/welcome", {**FIRST, "code": f" {code.upper()} "})
    assert (done.status_code, done["Location"]) == (302, "/")
    assert client.get("/people").status_code == 200
    from lossproof.register.accounts.models import Account

    made = Account.objects.get()
    assert made.has("governance_lead") and made.has("it") and made.check_password(PASSWORD)
    (fact,) = facts_about(nobody, made.id)
    assert fact.person.duties == (Duty.GOVERNANCE_LEAD, Duty.IT)
    assert not welcome.is_code(code)
    assert nobody.client().get("/welcome")["Location"] == "/login"
    assert nobody.client().post("/welcome", {**FIRST, "code": code})["Location"] == "/login"
    assert Account.objects.count() == 1


def test_the_code_cannot_be_guessed_for_long(nobody):
    welcome.new_code()
    statuses = [nobody.client().post("/welcome", {**FIRST, "code": f"x{n}"}).status_code for n in range(15)]
    assert statuses[:10] == [200] * 10 and set(statuses[10:]) == {429}


def test_no_code_opens_nothing(nobody):
    welcome.use_up()
    assert not welcome.is_code("")
    assert nobody.client().post("/welcome", {**FIRST, "code": ""}).status_code == 200


def test_an_invited_person_sets_a_password_once(site):
    lead = site.client_of("governance_lead")
    address = f"/people/in/{site.contractor}/new"
    page = lead.post(address, {"name": "Wendy Hollins", "email": "Wendy@Example.org", "duties": ["contractor"]})
    assert page.status_code == 200 and "Pass this link on to Wendy Hollins" in page.content.decode()
    link = link_in(page)
    guest = site.client()
    assert "choose your password" in guest.get(link).content.decode()
    assert "too short" in guest.post(link, {"password": "short"}).content.decode()
    assert guest.post(link, {"password": PASSWORD})["Location"] == "/"
    assert guest.get("/security/").status_code == 200
    again = site.client().post(link, {"password": "another password of mine"})
    assert again.status_code == 404 and "no longer works" in again.content.decode()
    from lossproof.register.accounts.models import Account

    made = Account.objects.get(email="wendy@example.org")
    assert made.check_password(PASSWORD)
    (fact,) = facts_about(site, made.id)
    assert (fact.person.organisation, fact.person.duties) == (site.contractor, (Duty.CONTRACTOR,))


def test_a_link_ends_when_it_is_old_or_another_is_made(site):
    from datetime import timedelta

    from lossproof.register.accounts.models import OneTimeLink

    lead = site.client_of("it")
    person = site.people["staff"]
    first = link_in(lead.post(f"/people/{person}/link"))
    second = link_in(lead.post(f"/people/{person}/link"))
    assert site.client().get(first).status_code == 404
    assert site.client().get(second).status_code == 200
    link = OneTimeLink.objects.get()
    link.expires_at -= timedelta(days=4)
    link.save()
    assert site.client().get(second).status_code == 404
    assert site.client().get("/join/guessed").status_code == 404


def test_whoever_lost_their_app_begins_again_with_a_link(site):
    from allauth.mfa.models import Authenticator

    person = site.people["staff"]
    Authenticator.objects.create(user=site.account("staff"), type="totp", data={})
    address = f"/people/{person}/factors"
    assert site.client_of("it").post(address).status_code == 403
    theirs = site.client_of("staff")
    lead = site.client_of("governance_lead")
    assert "really them" in lead.get(address).content.decode()
    link = link_in(lead.post(address))
    assert not Authenticator.objects.exists()
    assert theirs.get("/security/").status_code == 302
    assert site.client().get(link).status_code == 200


def test_links_are_not_guessed_for_long(site):
    statuses = [site.client().get(f"/join/guess{n}").status_code for n in range(25)]
    assert statuses[:20] == [404] * 20 and statuses[-1] == 429


def test_duties_are_changed_and_the_log_says_so(site):
    lead = site.client_of("governance_lead")
    person = site.people["staff"]
    version = site.account("staff").version
    sent = {"name": "Sita Fairbairn-Moss", "duties": ["staff", "it"], "version": version}
    assert lead.post(f"/people/{person}", sent)["Location"] == f"/people/{person}"
    assert "The account was changed" in lead.get(f"/people/{person}").content.decode()
    assert facts_about(site, person)[-1].person.duties == (Duty.IT, Duty.STAFF)
    stale = lead.post(f"/people/{person}", sent)
    assert "Somebody else changed this account" in stale.content.decode()
    renamed = lead.post(f"/people/{person}", {**sent, "name": "Sita Moss", "version": version + 1})
    assert renamed.status_code == 302
    assert len(facts_about(site, person)) == 2  # a name is in no fact


def test_an_account_is_ended_after_asking(site):
    lead = site.client_of("it")
    person = site.people["contractor"]
    assert "End the account of" in lead.get(f"/people/{person}/end").content.decode()
    stale = lead.post(f"/people/{person}/end", {"version": "x"})
    assert stale.status_code == 409 and "Somebody else changed" in stale.content.decode()
    assert lead.post(f"/people/{person}/end", {"version": "1"})["Location"] == "/people"
    assert site.ledger.projection.person(person).ended is not None
    assert "This account ended on" in lead.get(f"/people/{person}").content.decode()
    assert lead.post(f"/people/{person}/link").status_code == 409


def test_somebody_stays_governance_lead(site):
    from lossproof.register.accounts import acts

    account = site.account("governance_lead")
    with pytest.raises(PolicyError, match="last governance lead"):
        acts.end(site.ledger, site.key, account, version=account.version)
    with pytest.raises(PolicyError, match="last governance lead"):
        acts.change(site.ledger, site.key, account, name="x", duties=[Duty.IT], version=account.version)


def test_what_does_not_fit_is_refused_and_nothing_is_left(site):
    from lossproof.register.accounts import acts
    from lossproof.register.accounts.models import Account

    before = site.ledger.reader.size
    lead = site.client_of("it")
    address = f"/people/in/{site.controller}/new"
    twice = lead.post(address, {"name": "X", "email": "STAFF@example.org", "duties": ["staff"]})
    assert "Somebody has an account with this e-mail address" in twice.content.decode()
    foreign = lead.post(address, {"name": "X", "email": "x@example.org", "duties": ["contractor"]})
    assert "Select a valid choice" in foreign.content.decode()
    empty = lead.post(address, {"name": "", "email": "x", "duties": []})
    for words in ("Enter a name", "Enter an e-mail address like", "Select at least one"):
        assert words in empty.content.decode()
    with pytest.raises(PolicyError, match="cannot have these duties"):
        acts.create(
            site.ledger, site.key, name="X", email="x@example.org", organisation=site.contractor, duties=[Duty.IT]
        )
    with pytest.raises(InputError, match="something to do"):
        acts.create(site.ledger, site.key, name="X", email="x@example.org", organisation="0" * 32, duties=[Duty.IT])
    assert (site.ledger.reader.size, Account.objects.count()) == (before, 6)


def test_a_list_of_many_organisations_costs_no_more_queries(site):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from lossproof.register.organisations import acts

    def queries() -> int:
        client = site.client_of("it")
        client.get("/people")
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/people").status_code == 200
        return len(seen)

    before = queries()
    for number in range(5):
        acts.new_organisation(site.ledger, site.key, name=f"Contractor {number}", relation=Relation.PROCESSOR)
    assert queries() == before <= 12


def test_an_organisation_is_registered_under_a_name_of_its_own(site):
    lead = site.client_of("it")
    page = lead.post("/organisations/new", {"name": "Hallam Archive", "relation": "processor"})
    subject = re.search(r"/people/in/(\w+)/new", page["Location"])[1]
    assert site.ledger.projection.relation(subject) is Relation.PROCESSOR
    again = lead.post("/organisations/new", {"name": "Hallam Archive", "relation": "auditor"})
    assert "registered already" in again.content.decode()
    assert "Hallam Archive" in lead.get("/people").content.decode()
    assert lead.post("/organisations/new", {"name": "Us too", "relation": "controller"}).status_code == 200


@pytest.mark.parametrize("duty", ["staff", "contractor", "auditor", "regulator"])
def test_others_do_not_look_after_accounts(site, duty):
    client = site.client_of(duty)
    person = site.people["it"]
    for address in (
        "/people",
        f"/people/{person}",
        f"/people/{person}/end",
        f"/people/in/{site.controller}/new",
        f"/people/{person}/factors",
        "/organisations/new",
    ):
        page = client.get(address)
        assert page.status_code == 403, address
        assert "You cannot use this page" in page.content.decode()
        assert client.post(address).status_code == 403
    assert client.post(f"/people/{person}/link").status_code == 403


@pytest.mark.parametrize("address", ["/people/{0}", "/people/in/{0}/new", "/people/{0}/end", "/people/{0}/link"])
def test_what_is_not_there_is_not_there(site, address):
    page = site.client_of("it").post(address.format("0" * 32))
    assert page.status_code == 404 and "There is no such page" in page.content.decode()


def test_what_each_duty_sees(site):
    from lossproof.register.accounts.duties import scope_of

    seen = {duty: scope_of(site.account(duty)) for duty in NAMES}
    everything = frozenset(site.organisations.values())
    ours = {site.controller, site.contractor}
    assert {duty: set(one.organisations) for duty, one in seen.items()} == {
        "governance_lead": ours,
        "it": ours,
        "staff": {site.controller},
        "contractor": {site.contractor},
        "auditor": everything,
        "regulator": everything,
    }
    assert {duty for duty, one in seen.items() if one.own_only} == {"staff"}
    assert {duty for duty, one in seen.items() if not one.may_change} == {"auditor", "regulator"}
    mine = site.people["staff"]
    assert seen["staff"].sees(site.controller, mine) and not seen["staff"].sees(site.controller)
    assert seen["contractor"].sees(site.contractor) and not seen["contractor"].sees(site.controller)


def test_a_view_without_duties_is_refused_to_everybody(site):
    from django.core.exceptions import PermissionDenied
    from django.test import RequestFactory

    from lossproof.register.accounts.middleware import LoggedIn

    request = RequestFactory().get("/new")
    request.user = site.account("governance_lead")
    with pytest.raises(PermissionDenied):
        LoggedIn(lambda request: None).process_view(request, lambda request: None, (), {})


def test_every_view_says_who_may_use_it(site):
    from django.urls import get_resolver

    def views(resolver, above=""):
        for one in resolver.url_patterns:
            if hasattr(one, "url_patterns"):
                yield from views(one, above + str(one.pattern))
            else:
                yield above + str(one.pattern), one.callback

    found = list(views(get_resolver()))
    assert len(found) > 20
    silent = [
        route
        for route, view in found
        if not (hasattr(view, "duties") or getattr(view, "public", False) or view.__module__.startswith("allauth."))
        and not route.startswith("api/")
    ]
    assert silent == []


def test_the_controllers_name_comes_from_its_owner(site):
    assert CONTROLLER_NAME in site.client_of("it").get("/people").content.decode()


def test_names_and_addresses_stand_in_no_fact_and_no_table_of_the_log(site):
    ledger = site.ledger
    for table in ("ledger_envelope", "ledger_leaf", "ledger_person", "ledger_key", "ledger_erasable"):
        rows = str(ledger.database.execute(f"SELECT * FROM {table}"))
        for name in (*NAMES.values(), "it@example.org"):
            assert name not in rows, table


def test_a_second_factor_of_somebody_is_not_readable_without_the_secret(site):
    from lossproof.register.accounts.adapters import SecondFactors

    kept = SecondFactors().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSW" not in kept and SecondFactors().decrypt(kept) == "JBSWY3DPEHPK3PXP"
