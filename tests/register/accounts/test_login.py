"""Who gets in, how, and how often they may try."""

from __future__ import annotations

import time

import pytest

from lossproof.model.fact import Authentication
from register.sites import PASSWORD, Site

PAGES = ("/people", "/security/", "/organisations/new", "/login/password")


def sign_in(site: Site, client, email: str, password: str = PASSWORD):
    return client.post("/login", {"login": email, "password": password})


@pytest.fixture
def with_passwords(site, settings_of_django):
    """Everybody has the password."""
    from django.contrib.auth.hashers import make_password

    from lossproof.register.accounts.models import Account

    Account.objects.update(password=make_password(PASSWORD))
    return site


@pytest.fixture
def settings_of_django(site):
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.mark.parametrize("address", PAGES)
def test_whoever_has_no_account_is_sent_to_the_login_page(site, address):
    page = site.client().get(address)
    assert page.status_code == 302
    assert page["Location"].startswith("/login?next=")


def test_a_person_signs_in_and_out(with_passwords):
    client = with_passwords.client()
    page = sign_in(with_passwords, client, "IT@example.org")
    assert (page.status_code, page["Location"]) == (302, "/")
    assert client.get("/people").status_code == 200
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/people").status_code == 302


def test_a_wrong_password_and_a_stranger_are_told_the_same(with_passwords):
    said = []
    for email in ("it@example.org", "nobody@example.org"):
        page = sign_in(with_passwords, with_passwords.client(), email, "wrong")
        assert page.status_code == 200
        text = page.content.decode()
        assert "There is a problem" in text and "<title>Error:" in text
        said.append(text[text.index("error-summary") :].replace(email, ""))
    assert said[0].split("csrfmiddlewaretoken")[0] == said[1].split("csrfmiddlewaretoken")[0]


def test_guessing_ends_soon(with_passwords):
    statuses = [
        sign_in(with_passwords, with_passwords.client(), "it@example.org", f"wrong {n}").status_code for n in range(40)
    ]
    assert 429 in statuses
    page = with_passwords.client().post("/login", {"login": "x", "password": "y"})
    assert page.status_code == 429 and "Too many attempts" in page.content.decode()


def test_nobody_signs_up_and_no_password_is_reset_by_mail(with_passwords):
    client = with_passwords.client()
    for address in ("/signup", "/password/reset", "/login/password/reset", "/email", "/admin", "/accounts/login/"):
        assert client.get(address).status_code in {302, 404}
    assert client.get("/login/sign-up")["Location"] == "/login"
    page = client.post("/login/sign-up", {"email": "new@example.org", "password1": PASSWORD})
    assert page["Location"] == "/login"
    from lossproof.register.accounts.models import Account

    assert not Account.objects.filter(email="new@example.org").exists()


def test_an_ended_account_is_out_at_once(with_passwords):
    from lossproof.register.accounts import acts

    site = with_passwords
    client = site.client_of("staff")
    assert client.get("/security/").status_code == 200
    account = site.account("staff")
    acts.end(site.ledger, site.key, account, version=account.version)
    assert client.get("/security/")["Location"].startswith("/login")
    assert "error" in sign_in(site, site.client(), "staff@example.org").content.decode()


def test_a_session_ends_half_an_hour_after_the_last_page(site, monkeypatch):
    client = site.client_of("it")
    now = time.time()
    for minutes, status in ((0, 200), (29, 200), (57, 200), (88, 302)):
        monkeypatch.setattr("lossproof.register.accounts.middleware.time.time", lambda m=minutes: now + 60 * m)
        assert client.get("/people").status_code == status, minutes


def test_a_session_ends_after_twelve_hours_however_busy(site, monkeypatch):
    client = site.client_of("it")
    now = time.time()
    statuses = []
    for minutes in range(0, 13 * 60, 20):
        monkeypatch.setattr("lossproof.register.accounts.middleware.time.time", lambda m=minutes: now + 60 * m)
        statuses.append(client.get("/people").status_code)
    assert statuses.index(302) == 37  # 12 h 20 min


def test_an_app_for_codes_is_asked_for_once_it_is_on(with_passwords):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    def code(secret: str) -> str:
        return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))

    site = with_passwords
    client = site.client()
    sign_in(site, client, "it@example.org")
    again = client.get("/security/totp/activate/")["Location"]
    assert again == "/login/again?next=%2Fsecurity%2Ftotp%2Factivate%2F"
    assert "Show that it is you" in client.get(again).content.decode()
    assert client.post(again, {"password": PASSWORD, "next": "/security/totp/activate/"}).status_code == 302
    page = client.get("/security/totp/activate/")
    assert page.status_code == 200, page
    assert "<svg" in page.content.decode() and "data:" not in page.content.decode()
    wrong = client.post("/security/totp/activate/", {"code": "000000"})
    assert "There is a problem" in wrong.content.decode()
    secret = client.session["mfa.totp.secret"]
    done = client.post("/security/totp/activate/", {"code": code(secret)})
    assert done.status_code == 302
    assert "is asked for when you sign in" in client.get("/security/").content.decode()
    assert client.get("/security/recovery-codes/").status_code == 200
    from allauth.mfa.models import Authenticator

    kept = Authenticator.objects.get(type="totp").data
    assert secret not in str(kept)

    client = site.client()
    page = sign_in(site, client, "it@example.org")
    assert page["Location"] == "/security/authenticate/"
    assert client.get("/people").status_code == 302
    from django.core.cache import cache

    cache.clear()  # a code is good once: half a minute would have to pass
    page = client.get("/security/authenticate/")
    assert "Enter your code" in page.content.decode()
    page = client.post("/security/authenticate/", {"code": code(secret)})
    assert page["Location"] == "/"
    people = client.get("/people")
    assert people.status_code == 200
    from lossproof.register.accounts.duties import authenticated_by

    assert authenticated_by(people.wsgi_request) is Authentication.TOTP


def test_how_somebody_signed_in_is_known(with_passwords):
    from lossproof.register.accounts.duties import acting

    client = with_passwords.client()
    sign_in(with_passwords, client, "it@example.org")
    who = acting(client.get("/people").wsgi_request)
    assert who.person == with_passwords.people["it"]
    assert who.organisation == with_passwords.controller
    assert who.authenticated is Authentication.PASSWORD


def test_another_provider_opens_an_old_account_and_makes_none(with_passwords, monkeypatch):
    """The provider's part is played here: what it would answer is given to allauth as it comes from the provider."""
    from allauth.account.models import EmailAddress
    from allauth.core import context
    from allauth.socialaccount.adapter import get_adapter
    from allauth.socialaccount.helpers import complete_social_login
    from allauth.socialaccount.models import SocialAccount, SocialLogin
    from django.contrib.messages.storage.cookie import CookieStorage

    from lossproof.register.accounts.models import Account

    site = with_passwords
    for email, verified, opened in (
        ("it@example.org", True, True),
        ("staff@example.org", False, False),
        ("nobody@example.org", True, False),
    ):
        client = site.client()
        request = client.get("/login").wsgi_request
        request._messages = CookieStorage(request)
        request.session = client.session
        login = SocialLogin(
            user=Account(email=email),
            account=SocialAccount(
                provider="organisation",
                uid=email,
                extra_data={
                    "id_token": {"iss": "https://sign-on.example.org", "sub": email, "email_verified": verified}
                },
            ),
            email_addresses=[EmailAddress(email=email, verified=verified, primary=True)],
            provider=get_adapter().get_provider(request, "organisation"),
        )
        login.state = {"process": "login"}
        with context.request_context(request):
            complete_social_login(request, login)
        assert request.user.is_authenticated is opened, email
    assert Account.objects.count() == 6
    assert SocialAccount.objects.count() == EmailAddress.objects.count() == 0


def test_a_provider_that_cannot_be_reached_is_named_and_the_password_is_offered(site, monkeypatch):
    import requests

    def fail(*_args: object, **_named: object) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "request", fail)
    page = site.client().post("/sign-on/organisation/login/")
    assert page.status_code == 503
    assert '<p class="govuk-body">Trust sign-on cannot be reached now.</p>' in page.content.decode()
    assert "Sign in with your password" in page.content.decode()


def test_the_login_page_offers_the_other_provider(site):
    text = site.client().get("/login").content.decode()
    assert "Sign in with Trust sign-on" in text and 'action="/sign-on/organisation/login/"' in text
