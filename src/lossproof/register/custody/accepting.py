"""Accepting devices by a one-time link, without an account: on one's own phone, or at the desk.

The address is the secret. What it shows is what the person needs to sign, and a wrong one says nothing of others. Afterwards the
page holds nothing of what was signed, so that the next person at the desk sees nothing.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from lossproof.ledger.store import Ledger
from lossproof.register.accounts.duties import public
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.accounts.limits import limit
from lossproof.register.custody import acts, advice
from lossproof.register.custody.forms import AcceptForm, DeclineForm
from lossproof.register.custody.models import AcceptLink
from lossproof.register.custody.terms import newest
from lossproof.register.devices import named, queries
from lossproof.register.devices.listing import rows_of
from lossproof.register.options import signing_key
from lossproof.register.projection import catch_up
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS


@public
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """What is handed over, on which terms; a tick, and one button."""
    limit(request, "accept")
    ledger = the_ledger()
    catch_up(ledger)
    link = acts.link_of(token)
    if link is not None and request.method == "POST" and link.used_at is not None:
        # The second click of a double one: what the first did stands.
        return redirect("accepted" if link.accepted else "declined")
    if link is None or not link.open:
        return render(request, "custody/link_ended.html", status=404)
    if request.method == "POST":
        return _answered(request, ledger, link)
    return _shown(request, ledger, link)


@public
def accepted(request: HttpRequest) -> HttpResponse:
    """After accepting: nothing of what was signed."""
    return render(request, "custody/done.html", {"accepted": True})


@public
def declined(request: HttpRequest) -> HttpResponse:
    """After declining."""
    return render(request, "custody/done.html", {"accepted": False})


def _answered(request: HttpRequest, ledger: Ledger, link: AcceptLink) -> HttpResponse:
    speaker, devices = acts.by_link(signing_key(), link), request.POST.getlist("device")
    if request.POST.get("act") == "decline":
        refusing = DeclineForm(request.POST)
        reason = refusing.cleaned_data["reason"] if refusing.is_valid() else None
        acts.decline(ledger, speaker, link.handover, devices, reason=reason, link=link)
        return redirect("declined")
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _shown(request, ledger, link, form)
    try:
        acts.accept(ledger, speaker, link.handover, devices, link=link)
    except acts.NotHandedOver as refused:
        return _shown(request, ledger, link, held=advice.shown(ledger, refused.held))
    except REFUSALS as error:
        add_refusal(form, str(error), error.hint)
        return _shown(request, ledger, link, form)
    return redirect("accepted")


def _shown(
    request: HttpRequest,
    ledger: Ledger,
    link: AcceptLink,
    form: AcceptForm | None = None,
    held: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    context = {
        "rows": rows_of(ledger, queries.offered_together(ledger.database, link.handover)),
        "who": named.people([link.person]).get(link.person, ""),
        "terms": newest(),
        "form": form or AcceptForm(),
        "declining": DeclineForm(auto_id="decline_%s"),
        "held": held or [],
    }
    return render(request, "custody/accept_by_link.html", context, status=409 if held else 200)
