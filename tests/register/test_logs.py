"""What `serve` writes to its log names nobody: pages, the API and errors are driven, and the log is searched for all that could."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest

from register.retention import filled
from register.sites import CONTRACTOR_NAME, CONTROLLER_NAME, NAMES, PASSWORD

SERIAL, TAG = "AA04012700017", "STICK-0017"
TOKEN, CODE = "token-of-a-hand-over-that-nobody-knows", "guessed-code-of-an-agent"
TYPED_NAME, TYPED_EMAIL = "Una Maltravers", "una@example.org"


@pytest.fixture(params=[logging.WARNING, logging.DEBUG], ids=["as-served", "all-of-it"])
def log(site, request) -> Iterator[StringIO]:
    """What the handlers that `serve` has would write, as `serve` runs, and with everything let through."""
    from lossproof.register.logs import PlainFormatter

    ours = [one for one in logging.getLogger().handlers if isinstance(one.formatter, PlainFormatter)]
    assert len(ours) == 1, "the settings name one handler"
    written = StringIO()
    names = ("", "django", "django.request", "django.server", "django.security", "waitress", "allauth", "lossproof")
    before = {name: logging.getLogger(name).level for name in names}
    stream = ours[0].setStream(written)
    if request.param == logging.DEBUG:
        for name in names:
            logging.getLogger(name).setLevel(logging.DEBUG)
    yield written
    ours[0].setStream(stream)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def secrets_of(site) -> dict[str, str]:
    """Everything that must not be in a log, by what it is."""
    return {
        **{f"name of {duty}": name for duty, name in NAMES.items()},
        **{f"family name of {duty}": name.split()[1] for duty, name in NAMES.items()},
        **{f"e-mail of {duty}": f"{duty}@example.org" for duty in NAMES},
        "controller": CONTROLLER_NAME,
        "contractor": CONTRACTOR_NAME,
        "serial": SERIAL,
        "tag": TAG,
        "token": TOKEN,
        "code": CODE,
        "password": PASSWORD,
        "wrong password": "not the right password",
        "name that was typed": TYPED_NAME,
        "e-mail that was typed": TYPED_EMAIL,
    }


def routes() -> list[str]:
    """Every page without parameters."""
    from django.urls import URLPattern, get_resolver

    def walk(patterns, before=""):
        for one in patterns:
            path = before + str(one.pattern)
            if isinstance(one, URLPattern):
                yield path
            else:
                yield from walk(one.url_patterns, path)

    found = [
        f"/{path}"
        for path in walk(get_resolver().url_patterns)
        if "<" not in path and "^" not in path and "(" not in path
    ]
    assert len(found) > 20
    return sorted(set(found))


def drive(site) -> None:
    """What people, guessers and machines do, right and wrong."""
    stick = filled.device(site, serial=SERIAL, tag=TAG)
    filled.hand_over(site, stick, site.people["staff"])
    query = {"q": TAG, "text": SERIAL, "email": TYPED_EMAIL, "name": TYPED_NAME}
    for duty in NAMES:
        client = site.client_of(duty)
        for path in routes():
            if "logout" not in path:
                client.get(path, query)
        for path in (
            f"/devices/{stick}",
            f"/people/{site.people['staff']}/data.json",
            f"/accept/{TOKEN}",
            f"/{TYPED_NAME}",
        ):
            client.get(path, query)
    lead = site.client_of("governance_lead")
    typed = {"name": TYPED_NAME, "email": TYPED_EMAIL, "duties": ["staff"]}
    lead.post(f"/people/in/{site.controller}/new", typed)
    lead.post(f"/people/in/{site.controller}/new", typed)
    lead.post(f"/people/{site.people['staff']}", {"name": TYPED_NAME, "duties": ["wrong"], "version": TYPED_NAME})
    stranger = site.client(enforce_csrf_checks=True)
    stranger.post("/login", {"login": "staff@example.org", "password": "not the right password"})
    stranger = site.client()
    for _ in range(12):
        stranger.post("/login", {"login": "staff@example.org", "password": "not the right password"})
    for path in (f"/accept/{TOKEN}", f"/join/{TOKEN}", f"/nothing/{TYPED_EMAIL}"):
        stranger.get(path, query)
        stranger.post(path, typed)
    host = site.client(headers={"host": f"{TYPED_NAME.split()[1]}.example"})
    host.get("/login", query)
    for body in (json.dumps({"code": CODE, "public_key": TYPED_NAME, "proof": SERIAL}), f'{{"code": "{CODE}', "[]"):
        for path in ("/api/v1/keys", "/api/v1/facts"):
            stranger.post(path, body, content_type="application/json")
            stranger.post(f"{path}?code={CODE}", body, content_type=TYPED_EMAIL)


def test_the_log_names_nobody(site, log):
    drive(site)
    text = log.getvalue()
    found = [what for what, value in secrets_of(site).items() if value in text]
    assert not found, found


def test_an_error_is_logged_by_where_it_happened_and_not_by_what_it_held(site, log, monkeypatch):
    from lossproof.errors import StoreError
    from lossproof.register.data_subjects import views

    client, path = site.client_of("governance_lead"), f"/people/{site.people['staff']}/data"
    for error in (ValueError(f"no such person: {TYPED_NAME}"), StoreError(f"cannot write for {TYPED_EMAIL}")):

        def fail(ledger, person, error=error):
            raise error from KeyError(SERIAL)

        monkeypatch.setattr(views, "all_about", fail)
        page = client.get(path, {"q": TAG})
        assert page.status_code in {500, 503}
        assert TYPED_NAME not in page.content.decode()
    text = log.getvalue()
    assert "error=ValueError" in text and "error=StoreError" in text and "views.py" in text
    assert not [what for what, value in secrets_of(site).items() if value in text]
