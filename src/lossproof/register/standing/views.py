"""The first page, the lists behind its numbers, and the estate as it was at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lossproof.jobs.history import moment_of
from lossproof.ledger.store import Ledger
from lossproof.model.standing import BAD_TO_GOOD, Standing
from lossproof.register.accounts.duties import Scope, account_of, duties, everybody, scope
from lossproof.register.accounts.limits import limit
from lossproof.register.devices import named
from lossproof.register.devices import queries as device_queries
from lossproof.register.devices.forms import AsOfForm
from lossproof.register.devices.listing import KEEPERS, LISTERS, rows_of
from lossproof.register.devices.now import up_to_date
from lossproof.register.devices.words import ASKS, KINDS, STANDINGS
from lossproof.register.queries import attention, estate, noncompliant
from lossproof.register.rules import versions
from lossproof.register.standing import queries
from lossproof.register.standing.next_steps import Counts, steps
from lossproof.register.store import the_ledger
from lossproof.register.web.context import last_witnessed
from lossproof.register.web.translating import translated

_MOST_REQUESTS = 200
_SHOWN = frozenset({Standing.PROTECTED, Standing.OUT_OF_SCOPE})


@everybody
def home(request: HttpRequest) -> HttpResponse:
    """Where everybody begins: staff at what they have themselves."""
    return redirect("my" if scope(request).own_only else "now")


@duties(*LISTERS)
def now(request: HttpRequest) -> HttpResponse:
    """Three numbers and what to do next; or with `at` or `known` the estate as it was, as known then."""
    ledger, seen = the_ledger(), scope(request)
    at = up_to_date(ledger)
    keeper = account_of(request).has(*KEEPERS)
    form = AsOfForm(request.GET if "at" in request.GET or "known" in request.GET else None)
    if form.is_bound and form.is_valid() and (form.cleaned_data["at"] or form.cleaned_data["known"]):
        limit(request, "estate_as_of")
        return render(request, "standing/then.html", {"form": form, **_then(ledger, seen, form, at)})
    with ledger.database.snapshot():
        tallied = noncompliant.tally(ledger.database, seen.organisations)
        context = {"form": form, "keeper": keeper, **_numbers(ledger, seen, tallied, at, keeper)}
    context["witnessed_at"] = last_witnessed()
    return render(request, "standing/now.html", context)


@duties(*LISTERS)
def not_protected(request: HttpRequest) -> HttpResponse:
    """The devices that are not shown to be protected, the worst first."""
    text = _("Whoever finds one of these could perhaps read it: nothing shows that they could not.")
    return _list(request, lambda _now: queries.NOT_SHOWN, _("Devices not shown to be protected"), text)


@duties(*LISTERS)
def overdue(request: HttpRequest) -> HttpResponse:
    """The devices that nobody has seen for long, or that somebody has without proof, the worst first."""
    text = _(
        "Nobody has ever checked or seen these, or not for %(days)d days; or somebody has them and they are not shown to be protected."
    ) % {"days": queries.SEEN_WITHIN.days}
    return _list(request, queries.overdue, _("Devices that are overdue"), text)


@duties(*LISTERS)
def requests(request: HttpRequest) -> HttpResponse:
    """What people asked of IT and nobody has answered, the latest first."""
    ledger, seen = the_ledger(), scope(request)
    at = up_to_date(ledger)
    with ledger.database.snapshot():
        found = attention.waiting(ledger.database, seen.organisations, _MOST_REQUESTS)
        names = named.called(ledger, [one.subject for one in found])
    people = named.people(one.person for one in found)
    rows = [
        {
            "request": one,
            "device": names[one.subject].text(one.subject),
            "asked": ASKS[one.ask],
            "person": people.get(one.person or "", ""),
            "late": one.due_at < at,
        }
        for one in found
    ]
    context = {"rows": rows, "more": len(found) == _MOST_REQUESTS, "keeper": account_of(request).has(*KEEPERS)}
    return render(request, "standing/requests.html", context)


def _numbers(ledger: Ledger, seen: Scope, tallied: list[noncompliant.Tally], at: int, keeper: bool) -> dict[str, Any]:
    """What the first page says now."""
    standings: Counter[Standing] = Counter()
    for one in tallied:
        standings[one.standing] += one.devices
    late = attention.overdue_count(ledger.database, seen.organisations, at)
    return {
        "all": sum(standings.values()),
        "not_shown": sum(number for standing, number in standings.items() if standing not in _SHOWN),
        "overdue": queries.count(ledger.database, seen.organisations, queries.overdue(at)),
        "late": late,
        "standings": [(one, STANDINGS[one], standings[one]) for one in BAD_TO_GOOD if standings[one]],
        "seen_within": queries.SEEN_WITHIN.days,
        "steps": steps(ledger.database, ledger.log, seen, Counts(standings, late), keeper),
    }


def _list(request: HttpRequest, choose: Callable[[int], queries.Chosen], title: str, text: str) -> HttpResponse:
    ledger, seen = the_ledger(), scope(request)
    chosen = choose(up_to_date(ledger))
    after = request.GET.get("after")
    with ledger.database.snapshot():
        found = queries.page(ledger.database, seen.organisations, chosen, after, queries.PAGE + 1)
        shown = found[: queries.PAGE]
        context = {
            "title": title,
            "text": text,
            "counted": queries.count(ledger.database, seen.organisations, chosen),
            "rows": rows_of(ledger, device_queries.some(ledger.database, [one.subject for one in shown]), seen),
            "first": not after,
            "after": shown[-1].mark if len(found) > queries.PAGE else None,
        }
    return render(request, "standing/list.html", context)


def _then(ledger: Ledger, seen: Scope, form: AsOfForm, at: int) -> dict[str, Any]:
    """The estate at the time that was asked for, as known at another; times to come are now."""
    asked: datetime | None = form.cleaned_data["at"]
    known: datetime | None = form.cleaned_data["known"]
    moment = at if asked is None else min(at, int(asked.timestamp()))
    known_at = None if known is None else moment_of(known.astimezone(UTC).isoformat(timespec="seconds"))
    found = estate.estate_as_of(ledger, seen.organisations, moment, known_at)
    counted: Counter[Standing] = Counter()
    for (standing, _kept), number in found.counted.items():
        counted[standing] += number
    names = named.called(ledger, [one.subject for one in found.shown])
    return {
        "at": moment,
        "known": None if known is None else int(known.timestamp()),
        "all": sum(counted.values()),
        "not_shown": sum(number for standing, number in counted.items() if standing not in _SHOWN),
        "not_compliant": found.not_compliant,
        "standings": [(one, STANDINGS[one], counted[one]) for one in BAD_TO_GOOD if counted[one]],
        "rules": versions.called(found.rules),
        "rows": [
            {
                "subject": one.subject,
                "name": names[one.subject].text(one.subject),
                "kind": KINDS[one.state.kind],
                "standing": one.verdict.standing,
                "words": STANDINGS[one.verdict.standing],
                "reasons": " ".join(translated(reason.text) for reason in one.verdict.reasons),
            }
            for one in found.shown
        ],
    }
