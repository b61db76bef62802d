"""Taking devices back, and what happens to them then: checked and put in stock, quarantined, wiped, destroyed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lossproof.errors import InputError, PolicyError
from lossproof.ledger.store import Ledger, moment
from lossproof.model.estate import CustodyState
from lossproof.model.facts.custody import CustodyEvent
from lossproof.policy.custody import after
from lossproof.register.accounts.duties import acting, duties, scope
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.custody import acts
from lossproof.register.custody.forms import HappenedForm, ReturnForm
from lossproof.register.devices import queries
from lossproof.register.devices.acts import speaker_for
from lossproof.register.devices.listing import KEEPERS, rows_of
from lossproof.register.devices.now import up_to_date
from lossproof.register.devices.queries import Listed, Wanted
from lossproof.register.options import signing_key
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS, in_words
from lossproof.register.web.translating import translated

WAITING = (CustodyState.FOUND, CustodyState.MISSING, CustodyState.QUARANTINED, CustodyState.RETURNED)
"""Where a device waits for IT."""
_MOST = 50

BUTTONS = {
    CustodyEvent.RETURNED: gettext_lazy("It was returned"),
    CustodyEvent.RESTOCKED: gettext_lazy("Put in stock"),
    CustodyEvent.SIGHTED: gettext_lazy("I have seen it"),
    CustodyEvent.MISSING: gettext_lazy("Report it missing"),
    CustodyEvent.FOUND: gettext_lazy("It was found"),
    CustodyEvent.QUARANTINED: gettext_lazy("Put in quarantine"),
    CustodyEvent.WIPED: gettext_lazy("It was wiped"),
    CustodyEvent.DESTROYED: gettext_lazy("It was destroyed"),
}
TEXTS = {
    CustodyEvent.RETURNED: gettext_lazy("Nobody holds it any more. Check it before you put it in stock."),
    CustodyEvent.RESTOCKED: gettext_lazy(
        "It can be handed out again, once it is checked: what was shown before it came back says nothing of now."
    ),
    CustodyEvent.SIGHTED: gettext_lazy("You saw it with your own eyes, where it should be."),
    CustodyEvent.MISSING: gettext_lazy(
        "What was on it is asked about next, so say when it was last had as well as you can."
    ),
    CustodyEvent.FOUND: gettext_lazy(
        "Do not plug it in. Put it in quarantine next, so that it is clear what happened to it."
    ),
    CustodyEvent.QUARANTINED: gettext_lazy(
        "It stays apart until somebody has examined whether it was read or changed."
    ),
    CustodyEvent.WIPED: gettext_lazy("All that was on it is gone. It needs a new check before it is handed out."),
    CustodyEvent.DESTROYED: gettext_lazy("This is the end of it, and cannot be undone. Its history stays."),
}


@duties(*KEEPERS)
def returns(request: HttpRequest) -> HttpResponse:
    """Take several devices back at once; below, those that wait for IT."""
    ledger, seen = the_ledger(), scope(request)
    up_to_date(ledger)
    form = ReturnForm(request.POST if request.method == "POST" else None, ledger=ledger, sees=seen.sees)
    if request.method == "POST" and form.is_valid():
        devices = form.cleaned_data["devices"]
        try:
            acts.happen(
                ledger,
                speaker_for(signing_key(), acting(request)),
                CustodyEvent.RETURNED,
                devices,
                reason=form.cleaned_data["reason"],
            )
        except REFUSALS as error:
            add_refusal(form, _named_instead(ledger, devices, str(error)), error.hint)
        else:
            messages.success(request, _("They are recorded as returned. Check each, then put it in stock."))
            return redirect("returns")
    wanted = Wanted(organisations=seen.organisations, custodies=WAITING)
    found = queries.page(ledger.database, wanted, request.GET.get("after"), _MOST + 1)
    shown = found[:_MOST]
    context = {
        "form": form,
        "rows": rows_of(ledger, shown, seen),
        "first": not request.GET.get("after"),
        "after": shown[-1].mark if len(found) > _MOST else None,
        "buttons": [
            (event.value, BUTTONS[event])
            for event in (
                CustodyEvent.RESTOCKED,
                CustodyEvent.FOUND,
                CustodyEvent.QUARANTINED,
                CustodyEvent.WIPED,
                CustodyEvent.DESTROYED,
            )
        ],
    }
    return render(request, "custody/returns.html", context)


@duties(*KEEPERS)
def happened(request: HttpRequest, event: str, device: str | None = None) -> HttpResponse:
    """Record that something happened to one device, or to several: first a page that says what it means."""
    ledger, seen = the_ledger(), scope(request)
    up_to_date(ledger)
    what = CustodyEvent(event)
    chosen = [device] if device is not None else (request.POST or request.GET).getlist("device")
    devices = queries.some(ledger.database, chosen[: queries.PAGE * 4])
    for one in devices:
        seen.require(one.organisation, one.holder)
    if not devices or len(devices) != len(dict.fromkeys(chosen)):
        raise InputError("choose at least one device, and only registered ones", hint="go back to the list")
    form = HappenedForm(request.POST if request.method == "POST" else None, event=what, now=ledger.publisher.clock())
    if request.method == "POST" and (not form.fields or form.is_valid()):
        try:
            _record(request, ledger, what, [one.subject for one in devices], form)
        except acts.HadLater as refused:
            form.refuse_last_had(str(refused), refused.hint)
        else:
            messages.success(request, _("It is recorded."))
            return redirect("device", device=device) if device is not None else redirect("returns")
    rows = rows_of(ledger, devices, seen)
    context = {
        "rows": [{**row, "against": _against(row["device"], what)} for row in rows],
        "form": form,
        "event": what.value,
        "button": BUTTONS[what],
        "text": TEXTS[what],
        "kind": "warning" if what in {CustodyEvent.MISSING, CustodyEvent.DESTROYED} else "",
        "back": f"/devices/{device}" if device is not None else "/return",
    }
    return render(request, "custody/happened.html", context)


def _record(request: HttpRequest, ledger: Ledger, what: CustodyEvent, devices: list[str], form: HappenedForm) -> None:
    typed = form.cleaned_data if form.fields else {}
    had = typed.get("last_had")
    acts.happen(
        ledger,
        speaker_for(signing_key(), acting(request)),
        what,
        devices,
        reason=typed.get("reason"),
        true_at=None if had is None else moment(lambda: had),
    )


def _against(one: Listed, event: CustodyEvent) -> str:
    """Why this cannot happen to a device as it is; empty where it can."""
    try:
        after(CustodyState(one.custody or "in_stock"), event)
    except PolicyError as error:
        return f"{in_words(str(error), error.hint)}."
    return ""


def _named_instead(ledger: Ledger, devices: list[str], said: str) -> str:
    """What the act says, and which of the devices it was."""
    rows: list[dict[str, Any]] = rows_of(ledger, queries.some(ledger.database, devices))
    names = [row["name"] for row in rows if _against(row["device"], CustodyEvent.RETURNED)]
    return f"{', '.join(names)}: {translated(said)}" if names else said
