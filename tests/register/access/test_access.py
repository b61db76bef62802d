"""Who looked at what devices hold is noted, and governance leads see it."""

from __future__ import annotations

from lossproof.register.access import note
from register.estates import Shelf, queries_of, text_of
from register.sites import NAMES


def test_a_look_at_contents_is_noted_and_shown(either_site):
    site = either_site
    device, other = Shelf(site).device("LP-1"), Shelf(site, "second").device("LP-2")
    lead = site.client_of("governance_lead")
    assert "Nobody has looked yet" in text_of(lead.get("/access"))
    site.client_of("it").get(f"/devices/{device}/contents")
    note(site.people["governance_lead"], other)
    page = text_of(lead.get("/access"))
    assert page.index("LP-2") < page.index("LP-1") and NAMES["it"] in page
    one = text_of(lead.get(f"/access?device={device}"))
    assert "LP-1" in one and "LP-2" not in one and "Show all" in one
    person = text_of(lead.get(f"/access?person={site.people['governance_lead']}"))
    assert "LP-2" in person and "LP-1" not in person
    assert "There are no such looks" in text_of(lead.get("/access?device=nothing"))


def test_nobody_else_sees_it(site):
    for duty in ("it", "staff", "contractor", "auditor", "regulator"):
        assert site.client_of(duty).get("/access").status_code == 403, duty


def test_long_lists_come_in_pages_of_few_queries(site):
    from lossproof.register.access.models import Look

    device = Shelf(site).device("LP-1")
    lead = site.client_of("governance_lead")
    for _ in range(51):
        note(site.people["it"], device)
    assert queries_of(lead, "/access") == 8
    first = text_of(lead.get("/access"))
    assert first.count(f"/devices/{device}") == 50 and "Next page" in first
    last = Look.objects.order_by("-pk")[49].pk
    second = text_of(lead.get(f"/access?after={last}"))
    assert second.count(f"/devices/{device}") == 1 and "First page" in second
    assert lead.get("/access?after=%C2%B2").status_code == 200
