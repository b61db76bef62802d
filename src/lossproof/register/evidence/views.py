"""Pages about keys that may say what devices are: who has one, a code for a new one, and its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lossproof.jobs.enrolling import organisation_names
from lossproof.ledger.registered import EnrolledKey
from lossproof.model.fact import REGISTER_ENROLS, Relation, Role
from lossproof.register.accounts.duties import acting, duties, scope
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.accounts.models import Account
from lossproof.register.devices import named
from lossproof.register.evidence import acts
from lossproof.register.evidence.forms import ROLE_WORDS, NewCodeForm
from lossproof.register.evidence.models import EnrolmentCode
from lossproof.register.options import signing_key, told
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS
from lossproof.report.pack_words import grouped

LEADS = ("governance_lead", "it")
_A_PAGE = 50


class Listed(NamedTuple):
    """A key as pages show it. `heard_at` is when it last stated what a device is, None where it never did."""

    subject: str
    label: str
    role: str
    organisation: str
    person: str
    active: bool
    compromised: bool
    fingerprint: str
    heard_at: datetime | None


@duties(*LEADS)
def agents(request: HttpRequest) -> HttpResponse:
    """Every key of an agent, inspector or importer that may be seen, the newest first, and the codes that nobody has used yet."""
    seen = scope(request)
    keys = [key for key in reversed(the_ledger().projection.enrolled_keys()) if _is_ours(key, seen.organisations)]
    start = next((place + 1 for place, key in enumerate(keys) if key.subject == request.GET.get("after")), 0)
    shown = keys[start : start + _A_PAGE]
    codes = EnrolmentCode.objects.filter(organisation__in=seen.organisations, used_at=None).order_by("-created_at")
    names = organisation_names(the_ledger())
    context = {
        "agents": _listed(shown),
        "codes": [(one, ROLE_WORDS[Role(one.role)], names.get(one.organisation, "")) for one in codes[:_A_PAGE]],
        "first": start == 0,
        "after": shown[-1].subject if start + _A_PAGE < len(keys) else None,
    }
    return render(request, "evidence/agents.html", context)


@duties(*LEADS)
def new_code(request: HttpRequest) -> HttpResponse:
    """Make a one-time code, and show it once."""
    organisations = _organisations(request)
    people = Account.objects.filter(organisation__in=[one for one, _name in organisations], is_active=True)
    choices = [(one.id, one.name) for one in people.order_by("name", "id").only("id", "name")[:2000]]
    form = NewCodeForm(request.POST or None, organisations=organisations, people=choices)
    if request.method == "POST" and form.is_valid():
        try:
            row, code = acts.new_code(
                the_ledger(),
                role=Role(form.cleaned_data["role"]),
                organisation=form.cleaned_data["organisation"],
                person=form.cleaned_data["person"],
                label=form.cleaned_data["label"],
                by=acting(request).person,
            )
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            context = {"row": row, "code": code, "address": told().public_url, "is_agent": row.role == Role.AGENT.value}
            return render(request, "evidence/code.html", context)
    context = {
        "title": _("Let a new key count"),
        "text": _(
            "You get a code that works once, within 24 hours. The key itself is made on the other computer and never leaves it."
        ),
        "form": form,
        "button": _("Make the code"),
    }
    return render(request, "web/simple_form.html", context)


@duties(*LEADS)
def withdraw_code(request: HttpRequest, code: str) -> HttpResponse:
    """Let a code that nobody has used no longer work."""
    row = EnrolmentCode.objects.filter(id=code).first()
    scope(request).require(None if row is None else row.organisation)
    if request.method == "POST" and row is not None:
        acts.withdraw(row)
        messages.success(request, _("The code no longer works."))
    return redirect("agents")


@duties(*LEADS)
def agent(request: HttpRequest, key: str) -> HttpResponse:
    """One key: whose it is, when it was heard of last, and its end."""
    (listed,) = _listed([_key(request, key)])
    return render(request, "evidence/agent.html", {"agent": listed})


@duties(*LEADS)
def end_agent(request: HttpRequest, key: str) -> HttpResponse:
    """End a key, after asking."""
    found = _key(request, key)
    if request.method == "POST":
        acts.end_key(the_ledger(), signing_key(), found.subject)
        messages.success(request, _("The key has ended. Nothing that it signs is taken in any more."))
        return redirect("agents")
    (listed,) = _listed([found])
    return render(request, "evidence/end.html", {"agent": listed})


def _is_ours(key: EnrolledKey, organisations: frozenset[str]) -> bool:
    return key.role in REGISTER_ENROLS and key.organisation in organisations


def _key(request: HttpRequest, subject: str) -> EnrolledKey:
    """The key, if it may be seen. Raises `Http404`."""
    found = the_ledger().projection.key(subject)
    if found is None or found.subject != subject or not _is_ours(found, scope(request).organisations):
        raise Http404
    return found


def _listed(keys: list[EnrolledKey]) -> list[Listed]:
    names = organisation_names(the_ledger())
    labels = named.keys(key.fingerprint for key in keys)
    people = {
        one.id: one.name
        for one in Account.objects.filter(id__in=[key.person for key in keys if key.person is not None])
    }
    heard = _heard([key.leaf for key in keys])
    return [
        Listed(
            subject=key.subject,
            label=labels.get(key.fingerprint) or key.subject[:8],
            role=str(ROLE_WORDS[key.role]),
            organisation=names.get(key.organisation, ""),
            person=people.get(key.person or "", "") or (_("erased") if key.person else ""),
            active=key.active,
            compromised=key.compromised is not None,
            fingerprint=grouped(key.fingerprint),
            heard_at=heard.get(key.leaf),
        )
        for key in keys
    ]


def _heard(leaves: list[int]) -> dict[int, datetime]:
    """When the keys that were enrolled in these leaves last stated what a device is, as the log knew it."""
    if not leaves:
        return {}
    marks = ", ".join("?" * len(leaves))
    rows: list[Any] = the_ledger().database.execute(
        f"SELECT signer, MAX(known_at) FROM register_evidence WHERE signer IN ({marks}) GROUP BY signer",  # noqa: S608
        leaves,
    )
    return {signer: datetime.fromtimestamp(at / 1000, UTC) for signer, at in rows}


def _organisations(request: HttpRequest) -> list[tuple[str, str]]:
    """(id, name) of those for whose keys codes may be made."""
    names, seen = organisation_names(the_ledger()), scope(request).organisations
    wanted = {Relation.CONTROLLER, Relation.PROCESSOR}
    return [
        (one.subject, names.get(one.subject, one.subject))
        for one in the_ledger().projection.organisations()
        if one.subject in seen and one.ended is None and one.relation in wanted
    ]
