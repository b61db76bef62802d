"""What I have: each person's own devices, what they are asked to do, and what they can do."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lossproof.ledger.store import Ledger, moment
from lossproof.model.facts.custody import CustodyEvent
from lossproof.register.accounts.duties import READERS, account_of, acting, duties, scope
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.accounts.models import Account
from lossproof.register.custody import acts, advice
from lossproof.register.custody.forms import AcceptForm, DeclineForm, HappenedForm
from lossproof.register.custody.models import SignedText
from lossproof.register.custody.queries import offered_to
from lossproof.register.custody.terms import newest
from lossproof.register.devices import queries
from lossproof.register.devices.acts import speaker_for
from lossproof.register.devices.listing import KEEPERS, rows_of
from lossproof.register.devices.now import up_to_date
from lossproof.register.devices.queries import Listed
from lossproof.register.devices.words import STANDING_SENTENCES
from lossproof.register.options import signing_key, told
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS

_MOST = 40
HOLDERS = ("governance_lead", "it", "staff", "contractor")


@duties(*HOLDERS)
def my(request: HttpRequest) -> HttpResponse:
    """What I have, and what I am offered."""
    ledger = the_ledger()
    now = up_to_date(ledger)
    person = acting(request).person
    with ledger.database.snapshot():
        offers = offered_to(ledger.database, person)
        held = queries.held_by(ledger.database, person, _MOST + 1)
        requests = queries.open_requests(ledger.database, *(one.device for one in held))
        rows = [
            {
                **row,
                "sentence": STANDING_SENTENCES[row["device"].standing],
                "requests": [one for one in requests if one.device == row["device"].device],
            }
            for row in rows_of(ledger, held[:_MOST])
        ]
        waiting = [(handover, rows_of(ledger, devices)) for handover, devices in offers.items()]
    return render(request, "custody/my.html", {"rows": rows, "offers": waiting, "now": now, "more": len(held) > _MOST})


@duties(*HOLDERS)
def my_offer(request: HttpRequest, handover: str) -> HttpResponse:
    """Accept or decline what I am offered."""
    ledger = the_ledger()
    up_to_date(ledger)
    who = acting(request)
    offered = offered_to(ledger.database, who.person).get(handover)
    if offered is None:
        raise Http404
    form, held = AcceptForm(request.POST if request.method == "POST" else None), list[dict[str, Any]]()
    if request.method == "POST":
        answered, held = _answer(request, ledger, handover, form)
        if answered is not None:
            return answered
    context = {
        "rows": rows_of(ledger, offered),
        "who": getattr(request.user, "name", ""),
        "terms": newest(),
        "form": form if form.errors else AcceptForm(),
        "declining": DeclineForm(auto_id="decline_%s"),
        "held": held,
    }
    return render(request, "custody/accept.html", context, status=409 if held else 200)


def _answer(
    request: HttpRequest, ledger: Ledger, handover: str, form: AcceptForm
) -> tuple[HttpResponse | None, list[dict[str, Any]]]:
    """The page to go on to; None, with what the gate says, where nothing was done."""
    speaker, devices = speaker_for(signing_key(), acting(request)), request.POST.getlist("device")
    if request.POST.get("act") == "decline":
        refusing = DeclineForm(request.POST)
        reason = refusing.cleaned_data["reason"] if refusing.is_valid() else None
        acts.decline(ledger, speaker, handover, devices, reason=reason)
        messages.success(request, _("You declined. IT sees it."))
        return redirect("my"), []
    if not form.is_valid():
        return None, []
    try:
        acts.accept(ledger, speaker, handover, devices)
    except acts.NotHandedOver as refused:
        return None, advice.shown(ledger, refused.held)
    except REFUSALS as error:
        add_refusal(form, str(error), error.hint)
        return None, []
    messages.success(request, _("You have the devices now."))
    return redirect("my"), []


@duties(*HOLDERS, *READERS)
def signed(request: HttpRequest, digest: str) -> HttpResponse:
    """What somebody signed: for themselves, for those who keep the devices, and for auditors and regulators."""
    kept = SignedText.objects.filter(digest=digest).first()
    if kept is None or not _may_read(request, kept):
        raise Http404
    holds = not kept.erased_at and hashlib.sha256(bytes.fromhex(kept.salt) + kept.text.encode()).hexdigest() == digest
    return render(request, "custody/signed.html", {"kept": kept, "holds": holds})


def _may_read(request: HttpRequest, kept: SignedText) -> bool:
    who = account_of(request)
    home = Account.objects.filter(id=kept.person).values_list("organisation", flat=True).first()
    return kept.person == who.id or (who.has(*KEEPERS, *READERS) and home in scope(request).organisations)


@duties(*HOLDERS)
def my_return(request: HttpRequest, device: str) -> HttpResponse:
    """I have given a device back."""
    return _mine_happened(request, device, CustodyEvent.RETURNED)


@duties(*HOLDERS)
def my_missing(request: HttpRequest, device: str) -> HttpResponse:
    """I no longer know where a device is."""
    return _mine_happened(request, device, CustodyEvent.MISSING)


def _mine_happened(request: HttpRequest, device: str, event: CustodyEvent) -> HttpResponse:
    ledger = the_ledger()
    up_to_date(ledger)
    found = _own(request, ledger, device)
    form = HappenedForm(request.POST if request.method == "POST" else None, event=event, now=ledger.publisher.clock())
    if request.method == "POST" and form.is_valid():
        had = form.cleaned_data.get("last_had")
        try:
            acts.happen(
                ledger,
                speaker_for(signing_key(), acting(request)),
                event,
                [device],
                reason=form.cleaned_data.get("reason"),
                true_at=None if had is None else moment(lambda: had),
            )
        except acts.HadLater as refused:
            form.refuse_last_had(str(refused), refused.hint)
        else:
            return _told(request, event)
    name = rows_of(ledger, [found])[0]["name"]
    missing = event is CustodyEvent.MISSING
    context = {
        "title": _("%(name)s is missing") % {"name": name} if missing else _("Give %(name)s back") % {"name": name},
        "text": _("Say it as soon as you notice, and what you know now. Nobody is helped by waiting.")
        if missing
        else _("Hand it to IT first. It stays on your list until you say so here, or they do."),
        "form": form,
        "button": _("Report it missing") if missing else _("I have handed it to IT"),
        "kind": "warning" if missing else "",
        "back": "/my",
    }
    return render(request, "web/simple_form.html", context)


def _told(request: HttpRequest, event: CustodyEvent) -> HttpResponse:
    if event is CustodyEvent.MISSING:
        text = _("It is recorded as missing. Tell IT by telephone as well, now.")
        reach = _("How to reach IT: %(contact)s") % {"contact": told().contact} if told().contact else ""
        messages.success(request, f"{text} {reach}".rstrip())
    else:
        messages.success(request, _("It is recorded as given back. IT looks at it before anybody else gets it."))
    return redirect("my")


def _own(request: HttpRequest, ledger: Ledger, device: str) -> Listed:
    """A device that the person who asks holds. Raises `Http404`."""
    found = queries.one(ledger.database, device)
    if found is None or found.ended or found.holder != acting(request).person or found.custody != "held":
        raise Http404
    return found
