"""Pages about people: the first one, who has an account, and the link by which a password is set."""

from __future__ import annotations

from allauth.account.internal import flows
from allauth.account.models import Login
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lossproof.errors import PolicyError
from lossproof.jobs.enrolling import organisation_names
from lossproof.model.fact import Relation
from lossproof.register.access.models import AccountAct
from lossproof.register.accounts import acts, welcome
from lossproof.register.accounts import second_factor as factor
from lossproof.register.accounts.duties import DUTIES_IN, account_of, acting, duties, everybody, public, scope
from lossproof.register.accounts.forms import (
    DUTY_WORDS,
    RELATION_WORDS,
    JoinForm,
    NewPersonForm,
    PersonForm,
    SecondFactorForm,
    WelcomeForm,
    add_refusal,
)
from lossproof.register.accounts.limits import limit
from lossproof.register.accounts.middleware import anybody
from lossproof.register.accounts.models import Account
from lossproof.register.accounts.telling import act_rows
from lossproof.register.options import signing_key, told
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS

LEADS = ("governance_lead", "it")
_MOST_DIGITS = 10
_MOST_ACTS = 200


@public
def first(request: HttpRequest) -> HttpResponse:
    """The first account of a register. Not there once somebody has one."""
    if anybody():
        return redirect("account_login")
    form = WelcomeForm(request.POST or None)
    if request.method == "POST":
        limit(request, "welcome")
        if form.is_valid() and not welcome.is_code(form.cleaned_data["code"]):
            form.add_error("code", _("This is not the code that the register printed when it started last"))
        if form.is_valid() and (account := _begin(form)) is not None:
            return _log_in(request, account)
    context = {
        "title": _("Welcome to your register"),
        "text": _("You make the first account. It can do everything here, and invites the others."),
        "form": form,
        "button": _("Make the account"),
    }
    return render(request, "web/simple_form.html", context)


def _begin(form: WelcomeForm) -> Account | None:
    typed = {name: form.cleaned_data[name] for name in ("name", "email", "password")}
    try:
        account = acts.begin(the_ledger(), signing_key(), **typed)
    except REFUSALS as error:
        add_refusal(form, str(error), error.hint)
        return None
    welcome.use_up()
    return account


def _log_in(request: HttpRequest, account: Account) -> HttpResponse:
    """Log in by the password that was just set; a second factor is still asked for where there is one."""
    flows.login.record_authentication(request, account, "password", email=None)
    response: HttpResponse = flows.login.perform_login(request, Login(user=account))
    return response


@duties(*LEADS)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account, or had."""
    names = organisation_names(the_ledger())
    everyone = Account.objects.filter(organisation__in=_visible(request)).order_by("-is_active", "name", "id")
    ended = {one.subject for one in the_ledger().projection.organisations() if one.ended is not None}
    listed = [
        (one, names.get(one.organisation, ""), _words(one), one.is_active and one.organisation not in ended)
        for one in everyone[:500]
    ]
    return render(request, "accounts/people.html", {"people": listed, "organisations": _choices(request)})


@duties(*LEADS)
def new_person(request: HttpRequest, organisation: str) -> HttpResponse:
    """Make an account for somebody of an organisation, and the link by which they set their password."""
    relation, name = _organisation(request, organisation)
    form = NewPersonForm(request.POST or None, relation=relation)
    if request.method == "POST" and form.is_valid():
        try:
            account = acts.create(
                the_ledger(),
                signing_key(),
                name=form.cleaned_data["name"],
                email=form.cleaned_data["email"],
                organisation=organisation,
                duties=form.duties(),
                by=account_of(request),
            )
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            return _show_link(request, account)
    context = {"title": _("New person"), "text": name, "form": form, "button": _("Make the account")}
    return render(request, "web/simple_form.html", context)


@duties(*LEADS)
def person(request: HttpRequest, person: str) -> HttpResponse:
    """One account: its name and duties."""
    account = _account(request, person)
    relation, organisation = _organisation(request, account.organisation)
    begun = {"name": account.name, "duties": sorted(account.duty_set), "version": account.version}
    form = PersonForm(request.POST or None, initial=begun, relation=relation)
    if request.method == "POST" and form.is_valid():
        try:
            acts.change(
                the_ledger(),
                signing_key(),
                account,
                name=form.cleaned_data["name"],
                duties=form.duties(),
                version=form.cleaned_data["version"],
                by=account_of(request),
            )
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            messages.success(request, _("The account was changed."))
            return redirect("person", person=person)
    context = {"person": account, "organisation": organisation, "form": form, "words": _words(account)}
    return render(request, "accounts/person.html", context)


@duties(*LEADS)
def end_person(request: HttpRequest, person: str) -> HttpResponse:
    """End an account, after asking."""
    account = _looked_after(request, person)
    if request.method == "POST":
        version = request.POST.get("version", "")
        acts.end(
            the_ledger(),
            signing_key(),
            account,
            version=int(version) if version.isascii() and version.isdecimal() and len(version) < _MOST_DIGITS else 0,
            by=account_of(request),
        )
        messages.success(request, _("The account has ended. Its owner can no longer sign in."))
        return redirect("people")
    return render(request, "accounts/end.html", {"person": account})


@duties(*LEADS)
def new_link(request: HttpRequest, person: str) -> HttpResponse:
    """A new link by which somebody sets their password: for a new account, or a forgotten password."""
    if request.method != "POST":
        return redirect("person", person=person)
    return _show_link(request, _looked_after(request, person))


@duties("governance_lead")
def forget_factors(request: HttpRequest, person: str) -> HttpResponse:
    """Take the app and the passkeys off an account whose owner has lost them; a link then sets a new password."""
    account = _account(request, person)
    if request.method == "POST":
        acts.reset(account, acting(request).person)
        return _show_link(request, account)
    return render(request, "accounts/factors.html", {"person": account})


@duties("governance_lead")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Whether a second factor is asked of whoever changes the register."""
    now = factor.is_asked()
    form = SecondFactorForm(
        request.POST if request.method == "POST" else None, initial={"asked": "yes" if now else "no"}
    )
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data["asked"] == "yes"
        if asked is not now:
            factor.ask(asked, acting(request).person)
        messages.success(request, _("It is set."))
        return redirect("people")
    context = {
        "title": _("A second factor for whoever changes the register"),
        "text": _(
            "Whoever learns the password of a governance lead or of IT can do all that they can. "
            "An authenticator app or a passkey stops that."
        ),
        "form": form,
        "button": _("Save"),
        "back": reverse("people"),
    }
    return render(request, "web/simple_form.html", context)


@everybody
def own_acts(request: HttpRequest) -> HttpResponse:
    """What was done to one's own account, by whomever."""
    me = acting(request).person
    found = list(AccountAct.objects.filter(person=me).order_by("-pk")[:_MOST_ACTS])
    return render(request, "accounts/own_acts.html", {"rows": act_rows(found)})


def _show_link(request: HttpRequest, account: Account) -> HttpResponse:
    """The link, once: what is kept of it cannot be shown again."""
    token = acts.new_link(account, acting(request).person)
    link = f"{told().public_url}/join/{token}"
    return render(request, "accounts/link.html", {"person": account, "link": link})


@public
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Set a password by a one-time link, without being logged in."""
    limit(request, "join")
    link = acts.open_link(token)
    if link is None:
        return render(request, "accounts/link_ended.html", status=404)
    form = JoinForm(request.POST or None, account=link.account)
    if request.method == "POST" and form.is_valid():
        account = acts.set_password(the_ledger(), token, form.cleaned_data["password"])
        return _log_in(request, account)
    return render(request, "accounts/join.html", {"person": link.account, "form": form})


def _visible(request: HttpRequest) -> list[str]:
    """The organisations whose people may be seen: those in scope, and for the controller's leads every one."""
    seen, known = scope(request), the_ledger().projection.organisations()
    ours = next((one.relation for one in known if one.subject == acting(request).organisation), None)
    if ours is Relation.CONTROLLER:
        return [one.subject for one in known]
    return sorted(seen.organisations)


def _organisation(request: HttpRequest, subject: str) -> tuple[Relation, str]:
    """What an organisation is, and its name. Raises `Http404` for one that may not be seen."""
    relation = the_ledger().projection.relation(subject) if subject in _visible(request) else None
    if relation is None or relation not in DUTIES_IN:
        raise Http404
    return relation, organisation_names(the_ledger()).get(subject, "")


def _account(request: HttpRequest, person: str) -> Account:
    account = Account.objects.filter(id=person, organisation__in=_visible(request)).first()
    if account is None:
        raise Http404
    return account


def _choices(request: HttpRequest) -> list[tuple[str, str, str]]:
    """(id, name, what it is to us) of the organisations that may be seen."""
    names, visible = organisation_names(the_ledger()), set(_visible(request))
    return [
        (one.subject, names.get(one.subject, ""), str(RELATION_WORDS[one.relation]))
        for one in the_ledger().projection.organisations()
        if one.subject in visible and one.ended is None
    ]


def _words(account: Account) -> str:
    return ", ".join(str(DUTY_WORDS[duty]) for duty in sorted(account.duty_set))


def _looked_after(request: HttpRequest, person: str) -> Account:
    """An account that the one who asks may end, or make a link for. Raises `Http404`, or `PermissionDenied`: a governance lead's is
    looked after by governance leads."""
    account = _account(request, person)
    try:
        acts.require_may_look_after(account_of(request), account)
    except PolicyError:
        raise PermissionDenied from None
    return account
