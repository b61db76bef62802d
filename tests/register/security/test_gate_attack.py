"""Ways past the issue gate that are not its own page."""

from __future__ import annotations

import pytest

from lossproof.errors import PolicyError
from lossproof.jobs.by_hand import Holding, Now, Whereabouts, events
from lossproof.jobs.stating import signed
from lossproof.model.estate import CustodyState
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.retraction import Retraction, RetractionReason
from lossproof.wire.asset_list import AssetRow
from lossproof.wire.facts import subject_of
from register.devices import estate
from register.estates import Shelf


def row(tag: str, holder: str) -> AssetRow:
    return AssetRow(
        number=2, asset_tag=tag, serial=None, kind=None, holder=holder, organisation=None, status=None, wrong=None
    )


def test_a_list_of_one_row_is_no_way_past_the_gate(site):
    from lossproof.register.imports.holders import judge

    shelf = Shelf(site)
    device = shelf.device("LS-1")
    shelf.check(device, protected=False)
    first = judge(site.ledger, [(device, row("LS-1", "staff@example.org"))])
    assert [some for _said, some in first.wanted] == [(CustodyEvent.OFFERED, CustodyEvent.ACCEPTED)]
    for event in (CustodyEvent.OFFERED, CustodyEvent.DECLINED):
        shelf.hand(device, event=event)
    again = judge(site.ledger, [(device, row("LS-1", "staff@example.org"))])
    assert again.wanted == [] and "on its page" in again.notes[2]


def test_a_list_says_what_was_so_before_the_register_and_nothing_since():
    said = Holding("ab" * 16, "cd" * 16, "ef" * 16, Whereabouts.IN_USE)
    assert events(Now(), said)
    with pytest.raises(PolicyError, match="on its page"):
        events(Now(CustodyState.IN_STOCK, None, True), said)


def test_proof_that_is_taken_back_after_the_offer_lets_nothing_go(site):
    device = estate.checked(site, "LS-1")
    token = estate.offered(site, "LS-1")
    leaf = next(
        leaf
        for leaf in reversed(site.ledger.reader.chain(device))
        if site.ledger.reader.statement(leaf.entry.digest).kind == "inspection"
    )
    withdrawn = Retraction(
        true_at=site.clock.moment(), envelope=leaf.entry.digest, leaf=leaf.index, reason=RetractionReason.WRONG_DEVICE
    )
    with site.ledger.write() as writer:
        writer.append(signed(estate.INSPECTOR, withdrawn, subject_of(device)))
    page = site.client().post(f"/accept/{token}", {"device": device, "agreed": "on", "act": "accept"})
    assert page.status_code == 409


def test_the_receivers_own_key_and_a_leavers_key_prove_nothing(site):
    from ledger.world import made_key
    from lossproof.jobs.agents import enrol_agent
    from lossproof.model.fact import Role

    theirs = made_key("sita's own")
    with site.ledger.write() as writer:
        enrol_agent(
            writer, site.key, theirs.public, Role.INSPECTOR, organisation=site.controller, person=site.people["staff"]
        )
    device = estate.device(site, "LS-1")
    estate.count(site, device, 0)
    estate.check(site, device, "LS-1", by=theirs)
    sent = {"devices": "LS-1", "email": "staff@example.org", "reason": "issued"}
    page = site.client_of("it").post("/hand-over", sent)
    assert page.status_code == 409 and "by the one who is to have" in page.content.decode()


def test_a_link_answers_its_own_hand_over_and_no_other(site):
    estate.checked(site, "LS-1")
    other = estate.checked(site, "LS-2")
    token = estate.offered(site, "LS-1")
    estate.offered(site, "LS-2", to="it@example.org")
    for devices in ([other], [], ["0" * 32], [other, other]):
        page = site.client().post(f"/accept/{token}", {"device": devices, "agreed": "on", "act": "accept"})
        assert page.status_code != 302, devices
        page = site.client().post(f"/accept/{token}", {"device": devices, "act": "decline"})
        assert page.status_code != 302, devices


def test_an_offer_to_somebody_else_is_not_there_for_me(site):
    device = estate.checked(site, "LS-1")
    estate.offered(site, "LS-1", to="it@example.org")
    handover = site.ledger.database.execute("SELECT handover FROM register_custody WHERE handover IS NOT NULL")[0][0]
    for duty in ("staff", "contractor"):
        client = site.client_of(duty)
        assert client.get(f"/my/offers/{handover}").status_code == 404
        sent = {"device": device, "agreed": "on", "act": "accept"}
        assert client.post(f"/my/offers/{handover}", sent).status_code == 404


def test_a_contractor_learns_of_no_device_but_its_own(site):
    ours = estate.held(site, "LS-1")
    client = site.client_of("contractor")
    for address in (f"/devices/{ours}", f"/devices/{ours}/contents", f"/devices/{ours}/ask/encrypt"):
        assert client.get(address).status_code == 404, address
        assert client.post(address).status_code in {404, 405}, address
    for address in (
        "/devices",
        "/devices?q=LS-1",
        f"/devices?q={ours}",
        f"/devices?organisation={site.controller}",
        "/devices.csv?q=LS-1",
        "/now/not-protected",
        "/now/overdue",
        "/now",
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        assert f"/devices/{ours}" not in page.content.decode() and "Sita" not in page.content.decode(), address
