"""The page that tells governance leads who looked at what which device holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lossproof.register.access.models import Look
from lossproof.register.accounts.duties import duties, scope
from lossproof.register.devices import named, queries
from lossproof.register.store import the_ledger

LEADS = ("governance_lead",)
_A_PAGE = 50


@duties(*LEADS)
def access(request: HttpRequest) -> HttpResponse:
    """Every look, the newest first; of one device or one person where `device` or `person` says so."""
    found = Look.objects.order_by("-pk")
    asked = {name: request.GET.get(name, "") for name in ("device", "person")}
    for name, value in asked.items():
        if value:
            found = found.filter(**{name: value})
    if (after := request.GET.get("after", "")).isascii() and after.isdigit() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    looks = list(found[: _A_PAGE + 1])
    shown = looks[:_A_PAGE]
    context = {
        "rows": _rows(request, shown),
        "narrowed": any(asked.values()),
        "first": not after,
        "after": str(shown[-1].pk) if len(looks) > _A_PAGE else None,
    }
    return render(request, "access/list.html", context)


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
