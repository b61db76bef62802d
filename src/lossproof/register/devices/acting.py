"""What people ask about one device, and what it holds: requests and their answers, exceptions, contents, labels."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lossproof.model.facts.request import Ask
from lossproof.register.access import note
from lossproof.register.accounts.duties import acting, duties, scope
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.devices import acts, named, queries
from lossproof.register.devices.finding import listed_device, owners
from lossproof.register.devices.forms import AllowForm, AnswerForm
from lossproof.register.devices.listing import KEEPERS
from lossproof.register.devices.now import up_to_date
from lossproof.register.devices.page import ASKERS
from lossproof.register.devices.words import ASKS, GRADES, KINDS
from lossproof.register.options import signing_key, told
from lossproof.register.projection import states
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS
from lossproof.register.web.translating import translated
from lossproof.report.words import category

MOST_LABELS = 24
"""As many as a sheet of A4 holds in three columns."""


@duties(*ASKERS)
def ask(request: HttpRequest, device: str, wanted: str) -> HttpResponse:
    """Ask IT to encrypt a device, or report that it does not encrypt; after asking whether it is this one."""
    ledger = the_ledger()
    up_to_date(ledger)
    found = listed_device(request, ledger, device)
    asked = Ask(wanted)
    if request.method == "POST":
        acts.ask(ledger, signing_key(), acting(request), device, asked)
        messages.success(request, _("IT was asked, and has a clock to answer by."))
        if found.holder == acting(request).person:
            return redirect("my")
        return redirect("device", device=device)
    name = named.called(ledger, [device])[device].text(device)
    context = {"device": device, "name": name, "title": ASKS[asked], "reports": asked is Ask.DOES_NOT_ENCRYPT}
    return render(request, "devices/ask.html", context)


@duties(*KEEPERS)
def answer(request: HttpRequest, device: str, asked: str) -> HttpResponse:
    """Answer what was asked about a device."""
    ledger = the_ledger()
    up_to_date(ledger)
    listed_device(request, ledger, device)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.answer(ledger, signing_key(), acting(request), device, asked, form.cleaned_data["outcome"])
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            messages.success(request, _("The answer was recorded."))
            return redirect("device", device=device)
    name = named.called(ledger, [device])[device].text(device)
    context = {"title": _("Answer what was asked"), "text": name, "form": form, "button": _("Record the answer")}
    return render(request, "web/simple_form.html", context | {"back": f"/devices/{device}"})


@duties("governance_lead")
def allow(request: HttpRequest, device: str) -> HttpResponse:
    """Allow a device to be handed over without fresh proof, for a time."""
    ledger = the_ledger()
    up_to_date(ledger)
    found = listed_device(request, ledger, device)
    form = AllowForm(request.POST if request.method == "POST" else None, organisations=owners(ledger, scope(request)))
    form.initial.setdefault("organisation", found.organisation)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            acts.allow(
                ledger,
                signing_key(),
                acting(request),
                device,
                organisation=typed["organisation"],
                reason=typed["reason"],
                until=_end_of(typed["until"]),
            )
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            messages.success(request, _("The exception was made. It ends by itself."))
            return redirect("device", device=device)
    name = named.called(ledger, [device])[device].text(device)
    context = {
        "title": _("Allow %(name)s to be handed over without fresh proof") % {"name": name},
        "text": _("You answer for it with your name. Everybody who sees the device sees the exception until it ends."),
        "form": form,
        "button": _("Make the exception"),
        "kind": "warning",
        "back": f"/devices/{device}",
    }
    return render(request, "web/simple_form.html", context)


@duties("governance_lead")
def end_allowance(request: HttpRequest, device: str, exception: str) -> HttpResponse:
    """End an exception now."""
    ledger = the_ledger()
    up_to_date(ledger)
    listed_device(request, ledger, device)
    if request.method == "POST":
        acts.end_allowance(ledger, signing_key(), device, exception)
        messages.success(request, _("The exception has ended."))
    return redirect("device", device=device)


@duties("governance_lead", "it", "contractor", "auditor", "regulator")
def contents(request: HttpRequest, device: str) -> HttpResponse:
    """How many people a device is about, by kind of data. That somebody looked is recorded."""
    ledger = the_ledger()
    up_to_date(ledger)
    found = listed_device(request, ledger, device)
    note(acting(request).person, device)
    state = next((state for _device, state in states(ledger.database, ledger.log, [found.device])), None)
    counts = sorted(() if state is None else state.contents, key=lambda one: (one.true_at, one.leaf), reverse=True)
    shown = [
        {
            "count": one,
            "grade": GRADES[one.grade],
            "categories": [(_begun(translated(category(kind))), number) for kind, number in one.categories if number],
        }
        for one in counts
    ]
    name = named.called(ledger, [device])[device].text(device)
    return render(request, "devices/contents.html", {"device": found, "name": name, "counts": shown})


@duties(*KEEPERS)
def labels(request: HttpRequest) -> HttpResponse:
    """Labels to print: each with a code that leads to the device's page."""
    ledger = the_ledger()
    up_to_date(ledger)
    chosen = list(dict.fromkeys(request.GET.getlist("device")))
    seen = scope(request)
    found = [
        one
        for one in queries.some(ledger.database, chosen[:MOST_LABELS])
        if seen.sees(one.organisation, one.holder) and not one.ended
    ]
    names = named.called(ledger, [one.subject for one in found])
    homes = named.organisations(ledger)
    shown: list[dict[str, Any]] = [
        {
            "name": names[one.subject].text(one.subject),
            "kind": KINDS[one.kind],
            "organisation": homes.get(one.organisation, ""),
            "link": f"{told().public_url}/devices/{one.subject}",
        }
        for one in found
    ]
    context = {"labels": shown, "left_out": max(0, len(chosen) - MOST_LABELS), "only_here": is_only_here()}
    return render(request, "devices/labels.html", context)


def is_only_here() -> bool:
    """Whether the register's address is one that no other computer or phone can follow."""
    host = urlsplit(told().public_url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.") or host.endswith(".localhost")


def _begun(words: str) -> str:
    """Words as a sentence begins."""
    return f"{words[:1].upper()}{words[1:]}"


def _end_of(day: Any) -> datetime:
    """The end of a day, in the register's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(days=1)
