"""Somebody who has an account at the other provider, and has learnt a password of IT: no way in that stays open."""

from __future__ import annotations

import pytest

from register.accounts.test_sign_on import NOT_IN, answered, is_in, port, set_up, sign_on
from register.sites import Site

__all__ = ["port"]


@pytest.mark.parametrize("process", ["connect", "redirect"])
def test_nobody_ties_an_identity_of_theirs_to_an_account(site: Site, port, process):
    """It would open the account for good, past its second factor and past what a governance lead takes off."""
    from allauth.socialaccount.models import SocialAccount

    with set_up(port):
        thief = site.client_of("it")
        begun = thief.post(f"/sign-on/organisation/login/?process={process}&next=/people")
        page = thief.get(answered(begun["Location"], "stranger"), follow=True)
        assert NOT_IN in page.content.decode()
        assert SocialAccount.objects.count() == 0
        again = site.client()
        sign_on(again, "stranger")
        assert not is_in(again)


def test_an_address_that_came_back_opens_the_new_account_alone(site: Site, port):
    """Who had it before has left, and what is recorded of them stays theirs."""
    from lossproof.register.accounts import acts
    from lossproof.register.accounts.duties import acting

    with set_up(port):
        before = site.client()
        sign_on(before, "staff")
        assert is_in(before)
        gone = site.account("staff")
        acts.end(site.ledger, site.key, gone, version=1)
        assert not is_in(before)
        back = acts.create(
            site.ledger,
            site.key,
            name="A. Nother",
            email="STAFF@example.org",
            organisation=site.controller,
            duties=gone.duty_set,
            by=site.account("governance_lead"),
        )
        client = site.client()
        sign_on(client, "staff")
        assert acting(client.get("/my").wsgi_request).person == back.id != gone.id
        assert not is_in(before)
