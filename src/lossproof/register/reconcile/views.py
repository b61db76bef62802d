"""What does not match, list by list, and two records made one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lossproof.ledger.store import Ledger
from lossproof.register.accounts.duties import Scope, account_of, duties, scope
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.devices import named
from lossproof.register.devices import queries as device_queries
from lossproof.register.devices.finding import listed_device
from lossproof.register.devices.listing import KEEPERS, rows_of
from lossproof.register.devices.now import up_to_date
from lossproof.register.devices.queries import Listed
from lossproof.register.devices.words import KINDS, SCHEMES
from lossproof.register.options import signing_key
from lossproof.register.queries import attention, reconciling
from lossproof.register.queries.left import left_behind, left_count
from lossproof.register.reconcile import acts, queries
from lossproof.register.reconcile.forms import DAYS, MergeForm, OtherForm, UnseenForm
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS
from lossproof.register.web.numbers import Grouped

READERS = ("governance_lead", "it", "auditor", "regulator")
QUIET_AFTER = timedelta(days=14)
_A_PAGE = 50
_MOST_DIGITS = 10
_MOST_COUNTED = 1000
_MOST_GROUPS = 100
_MOST_AGENTS = 200


@duties(*READERS)
def reconcile(request: HttpRequest) -> HttpResponse:
    """How much of each kind does not match."""
    ledger, seen = the_ledger(), scope(request)
    now = up_to_date(ledger)
    database, log, organisations = ledger.database, ledger.log, seen.organisations
    with database.snapshot():
        context = {
            "most": _MOST_COUNTED,
            "most_groups": _MOST_GROUPS,
            "days": DAYS,
            "quiet_days": QUIET_AFTER.days,
            "unclaimed": len(reconciling.unclaimed(database, log, organisations, most=_MOST_COUNTED)),
            "unseen": attention.unseen_count(database, organisations, _before(now, DAYS)),
            "duplicates": len(queries.groups(database, log, organisations, _MOST_GROUPS)),
            "requests": len(attention.waiting(database, organisations, _MOST_COUNTED)),
            "quiet": len(_quiet(ledger, seen, now)),
            "left": left_count(database, log, organisations),
        }
    return render(request, "reconcile/overview.html", context)


@duties(*READERS)
def unclaimed(request: HttpRequest) -> HttpResponse:
    """Media that a check showed and nobody has claimed."""
    ledger, seen = the_ledger(), scope(request)
    up_to_date(ledger)
    after = _after(request)
    with ledger.database.snapshot():
        found = reconciling.unclaimed(ledger.database, ledger.log, seen.organisations, after, _A_PAGE + 1)
        shown = found[:_A_PAGE]
        listed = device_queries.some(ledger.database, [one.subject for one in shown])
        context = {
            "rows": rows_of(ledger, listed, seen),
            "strangers": [one for one in shown if one.kind is None],
            "keeper": account_of(request).has(*KEEPERS),
            "first": after < 0,
            "after": str(shown[-1].device) if len(found) > _A_PAGE else None,
        }
    return render(request, "reconcile/unclaimed.html", context)


@duties(*READERS)
def unseen(request: HttpRequest) -> HttpResponse:
    """Devices that are registered and were never checked, or not for `days` days."""
    ledger, seen = the_ledger(), scope(request)
    now = up_to_date(ledger)
    form = UnseenForm(request.GET if "days" in request.GET else {"days": DAYS})
    days = form.cleaned_data["days"] if form.is_valid() else DAYS
    after, before = _place(request), _before(now, days)
    with ledger.database.snapshot():
        found = attention.unseen(ledger.database, seen.organisations, before, after, _A_PAGE + 1)
        shown = found[:_A_PAGE]
        counted = attention.unseen_count(ledger.database, seen.organisations, before)
        listed = device_queries.some(ledger.database, [one.subject for one in shown])
        context = {
            "form": form,
            "counted": counted,
            "caption": ngettext("%(count)s device", "%(count)s devices", counted) % {"count": Grouped(counted)},
            "rows": rows_of(ledger, listed, seen),
            "first": after is None,
            "after": _mark(shown[-1].place) if len(found) > _A_PAGE else None,
        }
    return render(request, "reconcile/unseen.html", context)


@duties(*READERS)
def duplicates(request: HttpRequest) -> HttpResponse:
    """Records that share an identifier, and may be one device."""
    ledger, seen = the_ledger(), scope(request)
    up_to_date(ledger)
    with ledger.database.snapshot():
        groups = queries.groups(ledger.database, ledger.log, seen.organisations, _MOST_GROUPS)
        every = device_queries.some(ledger.database, [subject for one in groups for subject in one.subjects])
        rows = {row["device"].subject: row for row in rows_of(ledger, every, seen)}
    pairs = [
        {"scheme": SCHEMES[one.scheme], "first": rows[one.subjects[0]], "second": rows[other]}
        for one in groups
        for other in one.subjects[1:]
    ]
    context = {
        "pairs": pairs[:_MOST_GROUPS],
        "more": len(groups) == _MOST_GROUPS or len(pairs) > _MOST_GROUPS,
        "keeper": account_of(request).has(*KEEPERS),
    }
    return render(request, "reconcile/duplicates.html", context)


@duties(*READERS)
def quiet(request: HttpRequest) -> HttpResponse:
    """Agents whose keys are in force and that have said nothing for long."""
    ledger, seen = the_ledger(), scope(request)
    now = up_to_date(ledger)
    found = _quiet(ledger, seen, now)
    labels = named.keys(one.fingerprint for one in found)
    homes = named.organisations(ledger)
    rows = [
        {
            "agent": one,
            "label": labels.get(one.fingerprint) or one.subject[:8],
            "organisation": homes.get(one.organisation, one.organisation[:8]),
            "heard_at": None if one.heard_at is None else one.heard_at // 1000,
        }
        for one in found
    ]
    context = {"rows": rows, "days": QUIET_AFTER.days, "keeper": account_of(request).has(*KEEPERS)}
    return render(request, "reconcile/quiet.html", context)


@duties(*READERS)
def left(request: HttpRequest) -> HttpResponse:
    """Devices that are still with people or organisations that have ended."""
    ledger, seen = the_ledger(), scope(request)
    up_to_date(ledger)
    after = _after(request)
    with ledger.database.snapshot():
        found = left_behind(ledger.database, ledger.log, seen.organisations, after, _A_PAGE + 1)
        shown = found[:_A_PAGE]
        listed = device_queries.some(ledger.database, [subject for _number, subject in shown])
        context = {
            "rows": rows_of(ledger, listed, seen),
            "first": after < 0,
            "after": str(shown[-1][0]) if len(found) > _A_PAGE else None,
        }
    return render(request, "reconcile/left.html", context)


@duties(*KEEPERS)
def merge_with(request: HttpRequest, device: str) -> HttpResponse:
    """Ask which device a record is."""
    ledger = the_ledger()
    up_to_date(ledger)
    found = _open_device(request, ledger, device)
    form = OtherForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        meant = [one for one in named.meant(ledger, form.cleaned_data["other"]) if one != device]
        visible = [
            one.subject
            for one in device_queries.some(ledger.database, meant)
            if not one.ended and scope(request).sees(one.organisation, one.holder)
        ]
        if len(visible) == 1:
            return redirect("merge", device=device, other=visible[0])
        form.add_error(
            "other",
            _("Several devices are called that. Enter the id of one of them")
            if visible
            else _("No other device that is registered is called that"),
        )
    name = named.called(ledger, [device])[device].text(device)
    context = {"form": form, "device": found, "name": name}
    return render(request, "reconcile/merge_with.html", context)


@duties(*KEEPERS)
def merge(request: HttpRequest, device: str, other: str) -> HttpResponse:
    """Show two records side by side, and make them one."""
    ledger = the_ledger()
    up_to_date(ledger)
    both = [_open_device(request, ledger, one) for one in (device, other)]
    if device == other:
        raise Http404
    rows = {row["device"].subject: row for row in rows_of(ledger, both, scope(request))}
    form = MergeForm(
        request.POST if request.method == "POST" else None,
        records=[(one, rows[one]["name"]) for one in (device, other)],
        hints={one: _hint(rows[one]) for one in (device, other)},
        initial={"keep": _likely(rows)},
    )
    if request.method == "POST" and form.is_valid():
        keep = form.cleaned_data["keep"]
        try:
            acts.merge(ledger, signing_key(), keep=keep, end=other if keep == device else device)
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            messages.success(
                request,
                _("The two records are one: %(name)s stays. Have it checked again, so that proof stands in it.")
                % {"name": rows[keep]["name"]},
            )
            return redirect("device", device=keep)
    return render(request, "reconcile/merge.html", {"form": form})


def _likely(rows: dict[str, dict[str, Any]]) -> str | None:
    """The record that is to stay, most likely: the only one that somebody gave an asset tag."""
    tagged = [subject for subject, row in rows.items() if row["called"].tag]
    return tagged[0] if len(tagged) == 1 else None


def _hint(row: dict[str, Any]) -> str:
    """What tells a record from another."""
    return _("%(kind)s, %(serial)s, %(state)s, id %(id)s") % {
        "kind": KINDS[row["device"].kind],
        "serial": row["called"].serial or _("no serial number"),
        "state": row["holder"] or row["state"],
        "id": row["device"].subject[:8],
    }


def _open_device(request: HttpRequest, ledger: Ledger, device: str) -> Listed:
    """The device, if it may be seen and has not ended. Raises `Http404`."""
    found = listed_device(request, ledger, device)
    if found.ended:
        raise Http404
    return found


def _quiet(ledger: Ledger, seen: Scope, now: int) -> list[queries.Quiet]:
    before = (now - int(QUIET_AFTER.total_seconds())) * 1000
    return queries.quiet_agents(ledger.database, ledger.log, seen.organisations, before, _MOST_AGENTS)


def _before(now: int, days: int) -> int:
    return now - int(timedelta(days=days).total_seconds())


def _after(request: HttpRequest) -> int:
    """Behind which device a page begins; the beginning where the address says none of ours."""
    place = _number(request.GET.get("after", ""))
    return -1 if place is None else place


def _mark(place: attention.Place) -> str:
    return f"{'' if place.inspected_at is None else place.inspected_at}.{place.device}"


def _place(request: HttpRequest) -> attention.Place | None:
    """Behind which check a page begins; the beginning where the address says none of ours."""
    at, _dot, device = request.GET.get("after", "").partition(".")
    number = _number(device)
    return None if number is None else attention.Place(_number(at), number)


def _number(text: str) -> int | None:
    """A number as leaves and times are, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
