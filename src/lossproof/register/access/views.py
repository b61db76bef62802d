"""The pages that tell governance leads who looked at what which device holds, and who changed by what others sign in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lossproof.register.access.models import AccountAct, Look
from lossproof.register.accounts.duties import duties, scope
from lossproof.register.accounts.telling import act_rows
from lossproof.register.devices import named, queries
from lossproof.register.store import the_ledger

LEADS = ("governance_lead",)
_A_PAGE = 50
_MOST_DIGITS = 19


@duties(*LEADS)
def access(request: HttpRequest) -> HttpResponse:
    """Every look, the newest first; of one device or one person where `device` or `person` says so."""
    found = Look.objects.order_by("-pk")
    asked = {name: request.GET.get(name, "") for name in ("device", "person")}
    for name, value in asked.items():
        if value:
            found = found.filter(**{name: value})
    if after := _place(request):
        found = found.filter(pk__lt=after)
    looks = list(found[: _A_PAGE + 1])
    shown = looks[:_A_PAGE]
    context = {
        "rows": _rows(request, shown),
        "narrowed": any(asked.values()),
        "first": after is None,
        "after": str(shown[-1].pk) if len(looks) > _A_PAGE else None,
    }
    return render(request, "access/list.html", context)


@duties(*LEADS)
def account_acts(request: HttpRequest) -> HttpResponse:
    """Who changed by what people sign in: links, apps and passkeys, the newest first; of one person where `person` says so."""
    found = AccountAct.objects.order_by("-pk")
    if person := request.GET.get("person", ""):
        found = found.filter(person=person)
    if after := _place(request):
        found = found.filter(pk__lt=after)
    acts = list(found[: _A_PAGE + 1])
    shown = acts[:_A_PAGE]
    context = {
        "rows": act_rows(shown),
        "narrowed": bool(person),
        "first": after is None,
        "after": str(shown[-1].pk) if len(acts) > _A_PAGE else None,
    }
    return render(request, "access/accounts.html", context)


def _place(request: HttpRequest) -> int | None:
    """Behind which row a page begins; None for the beginning, also where the address says none of ours."""
    after = request.GET.get("after", "")
    return int(after) if after.isascii() and after.isdigit() and len(after) < _MOST_DIGITS else None


def _rows(request: HttpRequest, looks: list[Look]) -> list[dict[str, object]]:
    """Looks at devices that may be seen, in words."""
    ledger, seen = the_ledger(), scope(request)
    devices = {
        one.subject
        for one in queries.some(ledger.database, [look.device for look in looks])
        if seen.sees(one.organisation)
    }
    names = named.called(ledger, devices)
    people = named.people(look.person for look in looks)
    return [
        {"look": look, "device": names[look.device].text(look.device), "person": people[look.person]}
        for look in looks
        if look.device in devices
    ]
