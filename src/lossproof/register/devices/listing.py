"""The list of devices, on a page and as CSV, and devices registered by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lossproof.ledger.store import Ledger
from lossproof.register.accounts.duties import Scope, acting, duties, scope
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.accounts.models import Account
from lossproof.register.devices import acts, named, queries
from lossproof.register.devices.finding import listed_device, owners
from lossproof.register.devices.forms import ChangeForm, DeviceForm, FilterForm
from lossproof.register.devices.now import up_to_date
from lossproof.register.devices.queries import Listed, Wanted
from lossproof.register.devices.words import KINDS, NOT_RECORDED, STANDINGS, STATES
from lossproof.register.options import signing_key
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS
from lossproof.wire.csv_out import csv_text

LISTERS = ("governance_lead", "it", "contractor", "auditor", "regulator")
KEEPERS = ("governance_lead", "it")
_MOST_PEOPLE = 50


@duties(*LISTERS)
def devices(request: HttpRequest) -> HttpResponse:
    """The devices that somebody may see, those that keep not to the rules first."""
    ledger, seen = the_ledger(), scope(request)
    up_to_date(ledger)
    form = FilterForm(request.GET, organisations=owners(ledger, seen))
    with ledger.database.snapshot():
        wanted = _wanted(ledger, seen, form)
        found = queries.page(ledger.database, wanted, request.GET.get("after"), queries.PAGE + 1)
        counted = queries.count(ledger.database, wanted)
        shown = found[: queries.PAGE]
        context = {
            "form": form,
            "rows": rows_of(ledger, shown, seen),
            "counted": counted,
            "narrowed": any(request.GET.get(name) for name in form.fields),
            "query": request.GET.urlencode(),
            "first": not request.GET.get("after"),
            "after": shown[-1].mark if len(found) > queries.PAGE else None,
            "may_change": bool(seen.may_change) and _is_keeper(request),
        }
    return render(request, "devices/list.html", context)


@duties(*LISTERS)
def devices_csv(request: HttpRequest) -> HttpResponse:
    """The same list as a file for a spreadsheet."""
    ledger, seen = the_ledger(), scope(request)
    up_to_date(ledger)
    form = FilterForm(request.GET, organisations=owners(ledger, seen))
    with ledger.database.snapshot():
        wanted = _wanted(ledger, seen, form)
        lines = [line for some in queries.every(ledger.database, wanted) for line in _lines(ledger, some, seen)]
    headings = [
        _("Id"),
        _("Kind"),
        _("Asset tag"),
        _("Serial number"),
        _("Organisation"),
        _("Standing"),
        _("Keeps to the rules"),
        _("Where it is"),
        _("Who has it"),
        _("Last checked"),
        _("Holds until"),
    ]
    body = csv_text(headings, lines)
    return HttpResponse(
        body,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="devices.csv"'},
    )


@duties(*KEEPERS)
def new_device(request: HttpRequest) -> HttpResponse:
    """Register a device by hand."""
    ledger = the_ledger()
    form = DeviceForm(request.POST if request.method == "POST" else None, organisations=owners(ledger, scope(request)))
    if request.method == "POST" and form.is_valid():
        try:
            seen_by = acting(request) if form.cleaned_data["here"] else None
            device = acts.new_device(ledger, signing_key(), **_typed(form), seen_by=seen_by)
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            messages.success(request, _("The device was registered. Print a label for it, and have it checked."))
            return redirect("device", device=device)
    context = {"title": _("Register a device"), "form": form, "button": _("Register it"), "back": "/devices"}
    return render(request, "web/simple_form.html", context)


@duties(*KEEPERS)
def change_device(request: HttpRequest, device: str) -> HttpResponse:
    """Change what a device is, or give it another name."""
    ledger = the_ledger()
    up_to_date(ledger)
    found = listed_device(request, ledger, device)
    begun = {
        "kind": found.kind,
        "organisation": found.organisation,
        "leaf": queries.leaf_of_registration(ledger.database, found.device),
    }
    form = ChangeForm(
        request.POST if request.method == "POST" else None, initial=begun, organisations=owners(ledger, scope(request))
    )
    if request.method == "POST" and form.is_valid():
        try:
            acts.change(ledger, signing_key(), device, **_typed(form), leaf=form.cleaned_data["leaf"])
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            messages.success(request, _("The device was changed."))
            return redirect("device", device=device)
    context = {
        "title": _("Change %(name)s") % {"name": named.called(ledger, [device])[device].text(device)},
        "form": form,
        "button": _("Save"),
        "back": f"/devices/{device}",
    }
    return render(request, "web/simple_form.html", context)


@duties(*KEEPERS)
def end_device(request: HttpRequest, device: str) -> HttpResponse:
    """End a device, after asking."""
    ledger = the_ledger()
    up_to_date(ledger)
    listed_device(request, ledger, device)
    if request.method == "POST":
        acts.end(ledger, signing_key(), device)
        messages.success(request, _("The device is no longer registered. Its history stays."))
        return redirect("devices")
    name = named.called(ledger, [device])[device].text(device)
    return render(request, "devices/end.html", {"device": device, "name": name})


def rows_of(ledger: Ledger, found: Iterable[Listed], seen: Scope | None = None) -> list[dict[str, Any]]:
    """Devices as lists show them, with the names of all of them in three queries; holders are named as far as `seen` has them."""
    listed = list(found)
    names = named.called(ledger, [one.subject for one in listed])
    holders = {} if seen is None else named.people_for(seen, (one.holder for one in listed))
    homes = named.organisations(ledger)
    return [
        {
            "device": one,
            "name": names[one.subject].text(one.subject),
            "called": names[one.subject],
            "kind": KINDS[one.kind],
            "standing": STANDINGS[one.standing],
            "state": STATES[one.custody] if one.custody else NOT_RECORDED,
            "holder": holders.get(one.holder or "", ""),
            "organisation": homes.get(one.organisation, one.organisation[:8]),
        }
        for one in listed
    ]


def _sortable(at: int | None) -> str:
    """A time as programs read it, in UTC; empty for None."""
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _lines(ledger: Ledger, some: list[Listed], seen: Scope) -> list[list[str]]:
    return [
        [
            row["device"].subject,
            str(row["kind"]),
            row["called"].tag,
            row["called"].serial,
            row["organisation"],
            str(row["standing"]),
            {None: "", 0: _("No"), 1: _("Yes")}[row["device"].compliant],
            str(row["state"]),
            row["holder"],
            _sortable(row["device"].inspected_at),
            _sortable(row["device"].valid_until),
        ]
        for row in rows_of(ledger, some, seen)
    ]


def _wanted(ledger: Ledger, seen: Scope, form: FilterForm) -> Wanted:
    """What the filters say. A filter that cannot be read does not narrow."""
    form.is_valid()
    typed = form.cleaned_data
    text, holder = typed.get("q", ""), typed.get("holder", "")
    return Wanted(
        organisations=seen.organisations,
        standing=form.wanted_standing(),
        compliant={"no": False, "yes": True}.get(typed.get("compliant", "")),
        kind=typed.get("kind", ""),
        organisation=typed.get("organisation", ""),
        custody=typed.get("custody", ""),
        holders=_holders(holder) if holder else None,
        subjects=named.meant(ledger, text) if text else None,
        ended=bool(typed.get("ended")),
    )


def _holders(text: str) -> list[str]:
    found = Account.objects.filter(Q(name__iexact=text) | Q(email=text.lower()))
    return list(found.values_list("id", flat=True)[:_MOST_PEOPLE])


def _typed(form: DeviceForm) -> dict[str, Any]:
    typed = form.cleaned_data
    return {
        "kind": form.device_kind(),
        "organisation": typed["organisation"],
        "asset_tag": typed["asset_tag"],
        "serial": typed["serial"],
    }


def _is_keeper(request: HttpRequest) -> bool:
    account = request.user
    return isinstance(account, Account) and account.has(*KEEPERS)
