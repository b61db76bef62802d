"""People who want more than they were given: IT that would be governance lead, and leavers whose keys stay behind."""

from __future__ import annotations

import pytest

from ledger.world import made_key
from lossproof.jobs.agents import enrol_agent
from lossproof.model.fact import Duty, Role
from register.sites import Site


def duties_of(site: Site, who: str) -> set[str]:
    return {str(one) for one in site.account(who).duty_set}


@pytest.mark.parametrize("who", ["it", "staff"])
def test_it_makes_nobody_governance_lead_not_even_itself(site, who):
    person, before = site.people[who], duties_of(site, who)
    sent = {"name": "X", "duties": ["governance_lead", "it"], "version": site.account(who).version}
    page = site.client_of("it").post(f"/people/{person}", sent)
    assert page.status_code == 200 and "governance lead" in page.content.decode()
    assert duties_of(site, who) == before


def test_it_invites_no_governance_lead(site):
    from lossproof.register.accounts.models import Account

    size = site.ledger.reader.size
    sent = {"name": "Ivo Marchetti", "email": "ivo@example.org", "duties": ["governance_lead"]}
    page = site.client_of("it").post(f"/people/in/{site.controller}/new", sent)
    assert "/join/" not in page.content.decode()
    assert not Account.objects.filter(email="ivo@example.org").exists()
    assert site.ledger.reader.size == size


def test_it_does_not_take_over_or_end_a_governance_lead(site):
    from lossproof.register.accounts import acts
    from lossproof.register.accounts.models import Account, OneTimeLink

    second = acts.create(
        site.ledger,
        site.key,
        name="Gwen Hathersage",
        email="gwen@example.org",
        organisation=site.controller,
        duties=[Duty.GOVERNANCE_LEAD],
    )
    client = site.client_of("it")
    for person, version in ((site.people["governance_lead"], 2), (second.id, 1)):
        assert client.post(f"/people/{person}/link").status_code == 403
        assert client.post(f"/people/{person}/end", {"version": str(version)}).status_code == 403
        sent = {"name": "Somebody Else", "duties": ["staff"], "version": version}
        client.post(f"/people/{person}", sent)
        assert Account.objects.get(id=person).has("governance_lead")
    assert not OneTimeLink.objects.exists()


def test_governance_leads_still_look_after_each_other(site):
    from lossproof.register.accounts.models import Account

    lead = site.client_of("governance_lead")
    sent = {"name": "Gwen Hathersage", "email": "gwen@example.org", "duties": ["governance_lead"]}
    assert "/join/" in lead.post(f"/people/in/{site.controller}/new", sent).content.decode()
    made = Account.objects.get(email="gwen@example.org")
    assert "/join/" in lead.post(f"/people/{made.id}/link").content.decode()
    assert lead.post(f"/people/{made.id}/end", {"version": "1"})["Location"] == "/people"


def test_a_leavers_own_keys_end_with_the_account(site):
    from lossproof.register.accounts import acts
    from lossproof.register.evidence import acts as key_acts

    theirs, machine = made_key("theirs"), made_key("a machine of IT")
    person = site.people["staff"]
    with site.ledger.write() as writer:
        enrol_agent(writer, site.key, theirs.public, Role.INSPECTOR, organisation=site.controller, person=person)
        enrol_agent(writer, site.key, machine.public, Role.AGENT, organisation=site.controller)
    key_acts.new_code(site.ledger, role=Role.INSPECTOR, organisation=site.controller, by=person, person=person)
    account = site.account("staff")
    acts.end(site.ledger, site.key, account, version=account.version)
    assert not site.ledger.projection.key(theirs.keyid).active
    assert site.ledger.projection.key(machine.keyid).active
