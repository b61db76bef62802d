"""Single sign-on, end to end, at a provider that others wrote: another process, real requests, its own signatures.

`oidc-provider-mock` asks nobody for a password: the test says at its authorisation page whose account it is. All else is as with any
provider: discovery, code, PKCE, token, userinfo. Issuers are told apart by the name by which the provider is called.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from lossproof.jobs.withdrawing import end as end_at_terminal
from lossproof.model.fact import Authentication
from register.sites import CONTRACTOR_NAME, Site

BEGIN = "/sign-on/organisation/login/"
CLAIMS: dict[str, dict[str, object]] = {
    "it": {"email": "IT@example.org", "email_verified": True},
    "staff": {"email": "staff@example.org", "email_verified": True},
    "contractor": {"email": "contractor@example.org", "email_verified": True},
    "unverified": {"email": "staff@example.org", "email_verified": False},
    "unverified in words": {"email": "staff@example.org", "email_verified": "false"},
    "silent": {"email": "staff@example.org"},
    "stranger": {"email": "nobody@example.org", "email_verified": True},
    "without an address": {"email_verified": True},
}
NOT_IN = "You were not signed in"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of this machine at which the provider is."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
    users = [part for sub, said in CLAIMS.items() for part in ("--user-claims", json.dumps({"sub": sub, **said}))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(number), *users]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    provider = subprocess.Popen(command, env={**os.environ, "PYTHONWARNINGS": "ignore"}, **quiet)
    try:
        _wait(provider, f"http://127.0.0.1:{number}/.well-known/openid-configuration")
        yield number
    finally:
        provider.terminate()
        provider.wait(20)


def _wait(provider: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(300):
        try:
            requests.get(address, timeout=5).raise_for_status()
        except requests.ConnectionError:
            assert provider.poll() is None, "the provider ended"
            time.sleep(0.1)
        else:
            return
    pytest.fail("the provider does not answer")


@contextmanager
def set_up(port: int, **overrides: str) -> Iterator[None]:
    """The register knows the provider, as `serve --sign-on` would have it."""
    from django.conf import settings
    from django.test import override_settings

    (app,) = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    said = {**app["settings"], "server_url": f"http://127.0.0.1:{port}", "openid_configuration_overrides": overrides}
    providers = {
        "openid_connect": {
            **settings.SOCIALACCOUNT_PROVIDERS["openid_connect"],
            "APPS": [{**app, "settings": said}],
        }
    }
    with override_settings(SOCIALACCOUNT_PROVIDERS=providers):
        yield


@pytest.fixture
def known(port: int, site: Site) -> Iterator[Site]:
    """A register that knows the provider."""
    with set_up(port):
        yield site


def asked_at(client: Any) -> str:
    """Where the register sends somebody who begins."""
    begun = client.post(BEGIN)
    assert begun.status_code == 302, begun.content
    address: str = begun["Location"]
    said = parse_qs(urlsplit(address).query)
    assert said["response_type"] == ["code"] and "openid" in said["scope"][0].split()
    assert said["code_challenge_method"] == ["S256"] and said["state"][0]
    return address


def answered(address: str, sub: str, **more: str) -> str:
    """Where the provider sends somebody back to, when they have said there who they are."""
    answer = requests.post(address, data={"sub": sub, **more}, allow_redirects=False, timeout=20)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == "http://testserver/sign-on/organisation/login/callback/"
    return f"{back.path}?{back.query}"


def sign_on(client: Any, sub: str) -> Any:
    return client.get(answered(asked_at(client), sub), follow=True)


def is_in(client: Any) -> bool:
    return client.get("/my").status_code in {200, 403}


def test_a_person_who_has_an_account_signs_in_by_the_provider(known):
    from allauth.socialaccount.models import SocialAccount, SocialToken

    from lossproof.register.accounts.duties import acting
    from lossproof.register.accounts.models import Account

    client = known.client()
    page = sign_on(client, "it")
    assert page.status_code == 200 and is_in(client)
    who = acting(client.get("/people").wsgi_request)
    assert (who.person, who.authenticated) == (known.people["it"], Authentication.SIGN_ON)
    assert SocialAccount.objects.count() == SocialToken.objects.count() == 0
    assert Account.objects.count() == 6


def test_whoever_signs_in_so_is_trusted_for_the_second_factor_of_the_provider(known):
    from lossproof.register.accounts import second_factor

    second_factor.ask(True, known.people["governance_lead"])
    client = known.client()
    sign_on(client, "it")
    assert client.post("/organisations/new", {}).status_code == 200
    assert "Set up an authenticator app" not in client.get("/people").content.decode()


@pytest.mark.parametrize("sub", ["stranger", "unverified", "unverified in words", "silent", "without an address"])
def test_nobody_comes_in_by_an_address_that_is_not_known_and_verified(known, sub):
    from lossproof.register.accounts.models import Account

    client = known.client()
    page = sign_on(client, sub)
    assert not is_in(client)
    assert page.status_code < 500 and (NOT_IN in page.content.decode() or page.redirect_chain[-1][0] == "/login")
    assert Account.objects.count() == 6


def test_an_account_that_has_ended_stays_out(known):
    from lossproof.register.accounts import acts

    acts.end(known.ledger, known.key, known.account("staff"), version=1)
    client = known.client()
    page = sign_on(client, "staff")
    assert not is_in(client) and page.status_code == 200


def test_so_does_one_of_an_organisation_that_has_ended(known):
    client = known.client()
    sign_on(client, "contractor")
    assert is_in(client)
    end_at_terminal(known.ledger, known.owner, CONTRACTOR_NAME)
    assert not is_in(client)
    again = known.client()
    page = sign_on(again, "contractor")
    assert not is_in(again) and page.redirect_chain[-1][0] == "/login/ended"


@pytest.mark.parametrize("claimed", [{}, {"issuer": "http://localhost:{port}"}])
def test_a_token_of_another_issuer_is_refused(site, port, claimed):
    """Its token end point answers under another name; the second time the document at the configured address says so too."""
    other = f"http://localhost:{port}"
    said = {name: value.format(port=port) for name, value in claimed.items()}
    with set_up(port, token_endpoint=f"{other}/oauth2/token", **said):
        client = site.client()
        page = sign_on(client, "it")
    assert not is_in(client) and NOT_IN in page.content.decode()


def test_a_state_is_used_once_and_in_the_session_that_it_was_made_for(known):
    client = known.client()
    back = answered(asked_at(client), "it")
    stolen = known.client()
    assert NOT_IN in stolen.get(back, follow=True).content.decode() and not is_in(stolen)
    client.get(back)
    assert is_in(client)
    client.post("/logout")
    assert NOT_IN in client.get(back, follow=True).content.decode() and not is_in(client)


def test_a_code_is_used_once(known):
    first, second = known.client(), known.client()
    back = answered(asked_at(first), "it")
    first.get(back)
    assert is_in(first)
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(asked_at(second)).query)["state"][0]
    page = second.get(f"{urlsplit(back).path}?code={code}&state={state}", follow=True)
    assert NOT_IN in page.content.decode() and not is_in(second)


def test_whoever_says_no_at_the_provider_is_told_so(known):
    client = known.client()
    page = client.get(answered(asked_at(client), "it", action="deny"), follow=True)
    assert page.status_code < 500 and not is_in(client)
