"""Pages about organisations: all of them, a new one, one with its people and devices, and its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lossproof.jobs.enrolling import organisation_names
from lossproof.jobs.stating import Speaker
from lossproof.ledger.registered import RegisteredOrganisation
from lossproof.ledger.store import Ledger
from lossproof.model.fact import REGISTER_ENROLS, Relation
from lossproof.register.accounts.duties import DUTIES_IN, acting, duties
from lossproof.register.accounts.forms import DUTY_WORDS, RELATION_WORDS, add_refusal
from lossproof.register.accounts.models import Account
from lossproof.register.devices.now import up_to_date
from lossproof.register.options import signing_key
from lossproof.register.organisations import acts
from lossproof.register.organisations.forms import OrganisationForm
from lossproof.register.queries.left import with_organisation
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS

LEADS = ("governance_lead", "it")
_MOST_PEOPLE = 500


class Shown(NamedTuple):
    """An organisation as pages show it. `ended_at` is None where it has not ended."""

    subject: str
    name: str
    relation: str
    is_ours: bool
    ended_at: datetime | None


class Keys(NamedTuple):
    """How many keys of an organisation are in force: those that end with it here, and those that an owner ends."""

    ours: int
    owners: int


@duties(*LEADS)
def organisations(request: HttpRequest) -> HttpResponse:
    """Every organisation, and how many of its people may sign in; those that have ended last."""
    ledger = the_ledger()
    counted = Account.objects.filter(is_active=True).values("organisation").annotate(Count("id"))
    people = {row["organisation"]: row["id__count"] for row in counted}
    names = organisation_names(ledger)
    shown = [_shown(ledger, one, names) for one in ledger.projection.organisations()]
    shown.sort(key=lambda one: (one.ended_at is not None, not one.is_ours, one.name.casefold(), one.subject))
    rows = [(one, 0 if one.ended_at else people.get(one.subject, 0)) for one in shown]
    return render(request, "organisations/list.html", {"rows": rows})


@duties(*LEADS)
def new_organisation(request: HttpRequest) -> HttpResponse:
    """Register a contractor, an auditor, a regulator."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            name, relation = form.cleaned_data["name"], Relation(form.cleaned_data["relation"])
            subject = acts.new_organisation(the_ledger(), signing_key(), name=name, relation=relation)
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            messages.success(request, _("The organisation was registered. Now invite its people."))
            return redirect("new_person", organisation=subject)
    context = {"title": _("New organisation"), "form": form, "button": _("Register it")}
    return render(request, "web/simple_form.html", context)


@duties(*LEADS)
def organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """One organisation: its people, its keys, and what it still has."""
    return render(request, "organisations/organisation.html", _all_of(organisation))


@duties("governance_lead")
def end_organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """End an organisation and all that its people and machines can do here, after asking."""
    context = _all_of(organisation)
    if context["organisation"].is_ours:
        raise Http404
    if request.method == "POST":
        who = acting(request)
        acts.end(the_ledger(), Speaker(key=signing_key(), by=who.person, authenticated=who.authenticated), organisation)
        messages.success(
            request, _("The organisation has ended. Its people can no longer sign in, and its keys no longer count.")
        )
        return redirect("organisation", organisation=organisation)
    return render(request, "organisations/end.html", context)


def _all_of(subject: str) -> dict[str, Any]:
    """What the pages of one organisation show. Raises `Http404` where there is none."""
    ledger = the_ledger()
    up_to_date(ledger)
    found = ledger.projection.organisation(subject)
    if found is None or found.relation not in DUTIES_IN:
        raise Http404
    shown = _shown(ledger, found, organisation_names(ledger))
    people = Account.objects.filter(organisation=subject).order_by("-is_active", "name", "id")[:_MOST_PEOPLE]
    keys = [key for key in ledger.projection.enrolled_keys() if key.organisation == subject and key.active]
    ours = sum(key.role in REGISTER_ENROLS for key in keys)
    return {
        "organisation": shown,
        "people": [
            (
                one,
                ", ".join(str(DUTY_WORDS[duty]) for duty in sorted(one.duty_set)),
                one.is_active and not shown.ended_at,
            )
            for one in people
        ],
        "active": sum(one.is_active for one in people),
        "keys": Keys(ours, len(keys) - ours),
        "devices": with_organisation(ledger.database, ledger.log, subject),
    }


def _shown(ledger: Ledger, one: RegisteredOrganisation, names: dict[str, str]) -> Shown:
    ended = None if one.ended is None else datetime.fromisoformat(ledger.reader.leaf(one.ended).entry.known_at)
    return Shown(
        one.subject,
        names.get(one.subject) or one.subject[:8],
        str(RELATION_WORDS[one.relation]),
        one.relation is Relation.CONTROLLER,
        ended,
    )
