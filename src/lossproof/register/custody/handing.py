"""Handing devices over: the gate's answer, then a link by which the receiver accepts them; and an offer that waits."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lossproof.ledger.store import Ledger
from lossproof.register.accounts.duties import acting, duties, scope
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.custody import acts, advice
from lossproof.register.custody.forms import HandOverForm
from lossproof.register.devices import named, queries
from lossproof.register.devices.acts import speaker_for
from lossproof.register.devices.finding import listed_device, owners
from lossproof.register.devices.listing import KEEPERS, rows_of
from lossproof.register.devices.now import up_to_date
from lossproof.register.options import signing_key, told
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS


@duties(*KEEPERS)
def hand_over(request: HttpRequest) -> HttpResponse:
    """Choose devices and a receiver; the gate answers, and where all pass they are offered."""
    ledger, seen = the_ledger(), scope(request)
    up_to_date(ledger)
    form = HandOverForm(
        request.POST if request.method == "POST" else None,
        initial={"devices": _chosen(request, ledger)},
        organisations=owners(ledger, seen),
        ledger=ledger,
        sees=seen.sees,
    )
    held: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        try:
            given = acts.hand_over(
                ledger,
                signing_key(),
                speaker_for(signing_key(), acting(request)),
                form.cleaned_data["devices"],
                to=_receiver(form),
                reason=form.cleaned_data["reason"] or None,
            )
        except acts.NotHandedOver as refused:
            held = advice.shown(ledger, refused.held)
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            return _offered(request, ledger, given)
    context = {"form": form, "held": held, "count": len(form.cleaned_data.get("devices", ())) if held else 0}
    context |= {"address": told().public_url, "is_lead": "governance_lead" in _duties(request)}
    return render(request, "custody/hand_over.html", context, status=409 if held else 200)


@duties(*KEEPERS)
def offer(request: HttpRequest, device: str) -> HttpResponse:
    """An offer that nobody has answered: what is in it, another link, and taking it back."""
    ledger = the_ledger()
    up_to_date(ledger)
    found = listed_device(request, ledger, device)
    waiting = queries.open_offer(ledger.database, found.device) if found.custody == "offered" else None
    if waiting is None or waiting.handover is None:
        raise Http404
    together = queries.offered_together(ledger.database, waiting.handover)
    if request.method == "POST" and request.POST.get("act") == "link" and waiting.to is not None:
        token = acts.new_link(waiting.handover, waiting.to, acting(request).person)
        return _offered(request, ledger, acts.Given(waiting.handover, waiting.to, token))
    if request.method == "POST":
        speaker = speaker_for(signing_key(), acting(request))
        acts.decline(ledger, speaker, waiting.handover, [one.subject for one in together], reason=None)
        messages.success(request, _("The offer was taken back. The link no longer works."))
        return redirect("device", device=device)
    context = {
        "rows": rows_of(ledger, together),
        "to": named.people([waiting.to]).get(waiting.to or "", ""),
        "since": waiting.since,
        "device": device,
    }
    return render(request, "custody/offer.html", context)


def _offered(request: HttpRequest, ledger: Ledger, given: acts.Given) -> HttpResponse:
    """The link, once: what is kept of it cannot be shown again."""
    context = {
        "rows": rows_of(ledger, queries.offered_together(ledger.database, given.handover)),
        "to": named.people([given.person]).get(given.person, ""),
        "link": f"{told().public_url}/accept/{given.token}",
    }
    return render(request, "custody/offered.html", context)


def _receiver(form: HandOverForm) -> Any:
    if form.receiver is not None:
        return form.receiver
    typed = form.cleaned_data
    return acts.NewPerson(typed["name"], typed["email"], typed["organisation"])


def _chosen(request: HttpRequest, ledger: Ledger) -> str:
    """The devices that were chosen on the list: by their names where those tell them, else by their ids."""
    chosen = [one.subject for one in queries.some(ledger.database, request.GET.getlist("device")[:200])]
    names = named.called(ledger, chosen)
    lines = []
    for one in chosen:
        text = names[one].tag or names[one].serial
        lines.append(text if text and named.meant(ledger, text) == [one] else one)
    return "\n".join(lines)


def _duties(request: HttpRequest) -> str:
    return str(getattr(request.user, "duties", ""))
