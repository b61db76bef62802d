"""Every route, for every duty, with an object that they may see and one of another organisation.

`ROUTES` says what a GET of each route gives: one status for each duty, in the order of `DUTIES`. A route that is not in the table
fails, and so does a line that no route has. From the table follow the rest: whoever gets 403 for a page gets it for what is sent
there too; an object of another organisation is 404 for those who may use the route, unless they read everything; whoever is not
logged in is sent to the login page; and those who only read change nothing, whatever they send.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from ledger.world import made_key
from lossproof.jobs.agents import enrol_agent
from lossproof.jobs.exceptions import make_exception
from lossproof.model.fact import Role
from register.estates import Shelf
from register.sites import Site

DUTIES = ("governance_lead", "it", "staff", "contractor", "auditor", "regulator")
READERS = ("auditor", "regulator")

ALL = "200 200 200 200 200 200"
LEADS = "200 200 403 403 403 403"
LEADS_SEND = "405 405 403 403 403 403"
"""Nothing to look at: a button alone."""
LEAD = "200 403 403 403 403 403"
LISTS = "200 200 403 200 200 200"
RECONCILE = "200 200 403 403 200 200"
PUBLIC = "public"
"""Routes that need no login: what they give for what is not there."""

ROUTES: dict[str, tuple[str, str]] = {
    "home": ("302 302 302 302 302 302", ""),
    "now": (LISTS, ""),
    "not_protected": (LISTS, ""),
    "overdue": (LISTS, ""),
    "requests": (LISTS, ""),
    "devices": (LISTS, ""),
    "devices_csv": (LISTS, ""),
    "new_device": (LEADS, ""),
    "device": ("200 200 404 404 200 200", "device"),
    "change_device": (LEADS, "device"),
    "end_device": (LEADS, "device"),
    "contents": ("200 200 403 404 200 200", "device"),
    "ask": ("200 200 404 404 403 403", "device wanted"),
    "answer": (LEADS, "device asked"),
    "allow": (LEAD, "device"),
    "end_allowance": ("302 403 403 403 403 403", "device exception"),
    "labels": (LEADS, ""),
    "hand_over": (LEADS, ""),
    "offer": ("404 404 403 403 403 403", "device"),
    "happened": (LEADS, "device event"),
    "several_happened": ("400 400 403 403 403 403", "event"),
    "returns": (LEADS, ""),
    "my": ("200 200 200 200 403 403", ""),
    "my_offer": ("404 404 404 404 403 403", "handover"),
    "signed": ("404 404 404 404 404 404", "digest"),
    "my_return": ("404 404 404 404 403 403", "device"),
    "my_missing": ("404 404 404 404 403 403", "device"),
    "accept": (PUBLIC, "token"),
    "accepted": (PUBLIC, ""),
    "declined": (PUBLIC, ""),
    "reconcile": (RECONCILE, ""),
    "unclaimed": (RECONCILE, ""),
    "unseen": (RECONCILE, ""),
    "duplicates": (RECONCILE, ""),
    "quiet": (RECONCILE, ""),
    "left": (RECONCILE, ""),
    "merge_with": (LEADS, "device"),
    "merge": (LEADS, "device other"),
    "imports": (LEADS, ""),
    "import_run": (LEADS, "run"),
    "import_columns": ("409 409 403 403 403 403", "run"),
    "import_words": (LEADS_SEND, "run"),
    "import_report": ("409 409 403 403 403 403", "run"),
    "import_go": (LEADS_SEND, "run"),
    "import_again": (LEADS_SEND, "run"),
    "import_stop": (LEADS_SEND, "run"),
    "import_delete_choice": (LEADS_SEND, "choice"),
    "import_errors": ("404 404 403 403 403 403", "run"),
    "rules": (ALL, ""),
    "rules_history": (ALL, ""),
    "rules_version": ("404 404 404 404 404 404", "number"),
    "change_rules": (LEAD, ""),
    "adopt_rules": ("405 403 403 403 403 403", ""),
    "agents": (LEADS, ""),
    "new_code": (LEADS, ""),
    "agent": (LEADS, "key"),
    "end_agent": (LEADS, "key"),
    "withdraw_code": ("302 302 403 403 403 403", "code"),
    "people": (LEADS, ""),
    "person": (LEADS, "person"),
    "new_person": (LEADS, "organisation"),
    "end_person": (LEADS, "person"),
    "new_link": ("302 302 403 403 403 403", "person"),
    "forget_factors": (LEAD, "person"),
    "person_data": (LEAD, "person"),
    "person_data_file": (LEAD, "person"),
    "person_erase": (LEAD, "person"),
    "organisations": (LEADS, ""),
    "new_organisation": (LEADS, ""),
    "organisation": (LEADS, "organisation"),
    "end_organisation": ("404 403 403 403 403 403", "organisation"),
    "access": (LEAD, ""),
    "account_acts": (LEAD, ""),
    "second_factor": (LEAD, ""),
    "own_acts": (ALL, ""),
    "security": ("302 302 302 302 302 302", ""),
    "account_set_password": ("302 302 302 302 302 302", ""),
    "welcome": (PUBLIC, ""),
    "set_language": (PUBLIC, ""),
    "join": (PUBLIC, "token"),
    "account_signup": (PUBLIC, ""),
    "socialaccount_signup": (PUBLIC, ""),
    "health": (PUBLIC, ""),
}
ALLAUTH = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reauthenticate",
        "account_change_password",
        "mfa_login_webauthn",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        "openid_connect_login",
        "openid_connect_callback",
    }
)
"""Routes about one's own password and factors, which allauth guards."""
API = frozenset({"openapi-json", "keys", "facts", "api-root", None})
"""Routes whose requests are signed."""

WHOLE_ESTATE = frozenset(
    {
        "person",
        "new_person",
        "end_person",
        "new_link",
        "forget_factors",
        "person_data",
        "person_data_file",
        "person_erase",
        "organisation",
        "end_organisation",
    }
)
"""What the controller's people do for whoever has an account here, auditors and regulators too."""


class Objects(NamedTuple):
    """What the arguments of routes are for something of one organisation."""

    device: str
    other: str
    asked: str
    exception: str
    key: str
    code: str
    person: str
    organisation: str
    run: str
    choice: int
    handover: str = "ab" * 16
    digest: str = "ab" * 32
    wanted: str = "encrypt"
    event: str = "missing"
    token: str = "nothing"
    number: int = 9


@pytest.fixture
def objects(site: Site) -> tuple[Objects, Objects]:
    """Things of the controller, and the same of an organisation that only readers see."""
    shelf = Shelf(site)
    return _objects(site, shelf, "controller", "staff"), _objects(site, shelf, "auditor", "regulator")


def _objects(site: Site, shelf: Shelf, home: str, person: str) -> Objects:
    from lossproof.register.evidence import acts
    from lossproof.register.imports.models import Run, SavedMapping

    organisation = site.organisations[home]
    device, other = (shelf.device(f"{home}-{number}", organisation=organisation) for number in (1, 2))
    with site.ledger.write() as writer:
        key = made_key(f"agent of {home}")
        subject = enrol_agent(writer, site.key, key.public, Role.AGENT, organisation=organisation)
        exception = make_exception(
            writer,
            site.key,
            device=device,
            organisation=site.controller,
            approver=site.people["governance_lead"],
            until=site.clock.at + timedelta(days=3),
            reason="urgent",
        )
    shelf.settle()
    code, _ = acts.new_code(site.ledger, role=Role.AGENT, organisation=organisation, by=site.people["it"])
    return Objects(
        device=device,
        other=other,
        asked=shelf.ask(device),
        exception=exception,
        key=subject,
        code=code.id,
        person=site.people[person],
        organisation=organisation,
        run=Run.objects.create(
            organisation=organisation, by=site.people["it"], file_name="assets.csv", state="done"
        ).id,
        choice=SavedMapping.objects.create(organisation=organisation, name="Stores", mapping="{}").id,
    )


def address(name: str, objects: Objects) -> str:
    from django.urls import reverse

    wanted = ROUTES[name][1].split()
    return reverse(name, kwargs={one: getattr(objects, one) for one in wanted})


def expected(name: str, duty: str) -> int:
    return int(ROUTES[name][0].split()[DUTIES.index(duty)])


def guarded() -> Iterator[str]:
    return (name for name, (statuses, _) in ROUTES.items() if statuses != PUBLIC)


def about_objects() -> Iterator[str]:
    """Routes about a thing of an organisation."""
    named = {"device", "key", "code", "person", "organisation", "run"}
    return (name for name in guarded() if named & set(ROUTES[name][1].split()))


def test_every_route_has_a_line_and_every_line_a_route(site):
    names = {name for name, _ in _routes()}
    assert names - ALLAUTH - API == set(ROUTES)


def test_what_needs_no_login_says_so_and_nothing_else_does(site):
    public = {name for name, view in _routes() if getattr(view, "public", False)}
    assert public - ALLAUTH - API == {name for name, (statuses, _) in ROUTES.items() if statuses == PUBLIC}


@pytest.mark.parametrize("duty", DUTIES)
def test_each_duty_gets_its_pages_and_no_others(site, objects, duty):
    ours, _ = objects
    client = site.client_of(duty)
    found = {name: client.get(address(name, ours)).status_code for name in guarded()}
    assert found == {name: expected(name, duty) for name in guarded()}


@pytest.mark.parametrize("duty", DUTIES)
def test_what_is_sent_to_a_page_that_one_may_not_use_is_refused(site, objects, duty):
    ours, _ = objects
    client = site.client_of(duty)
    refused = [name for name in guarded() if expected(name, duty) == 403]
    size = site.ledger.reader.size
    assert {name: client.post(address(name, ours)).status_code for name in refused} == dict.fromkeys(refused, 403)
    assert site.ledger.reader.size == size


@pytest.mark.parametrize("duty", [duty for duty in DUTIES if duty not in READERS])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_others_have_is_not_found(site, objects, duty, method):
    _, theirs = objects
    client = site.client_of(duty)
    stays = {403, 405} if method == "get" else {403}
    usual = {name: expected(name, duty) for name in about_objects() if name not in WHOLE_ESTATE}
    wanted = {name: status if status in stays else 404 for name, status in usual.items()}
    size = site.ledger.reader.size
    assert {name: getattr(client, method)(address(name, theirs)).status_code for name in wanted} == wanted
    assert site.ledger.reader.size == size


@pytest.mark.parametrize("duty", READERS)
def test_readers_see_what_others_have_and_change_nothing(site, objects, duty):
    _, theirs = objects
    client = site.client_of(duty)
    size = site.ledger.reader.size
    seen = {name: client.get(address(name, theirs)).status_code for name in guarded()}
    assert seen == {name: expected(name, duty) for name in guarded()}
    for name in guarded():
        client.post(address(name, theirs))
    assert site.ledger.reader.size == size


def test_nobody_gets_anything_without_logging_in(site, objects):
    ours, _ = objects
    client = site.client()
    for name in guarded():
        for answer in (client.get(address(name, ours)), client.post(address(name, ours))):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/login?next="), name


def _routes() -> Iterator[tuple[str | None, Any]]:
    from django.urls import URLPattern, get_resolver

    waiting = list(get_resolver().url_patterns)
    while waiting:
        one = waiting.pop()
        if isinstance(one, URLPattern):
            yield one.name, one.callback
        else:
            waiting.extend(one.url_patterns)
