"""Who may use which page, and whose devices they see there.

    @duties("it", "governance_lead")
    def devices(request): ...
        seen = scope(request)          # organisations whose objects may be shown; others are 404
        who = acting(request)          # what a fact says of the person who asked for it

A view with neither `duties` nor `public` is refused to everybody, so that a new one is never open by mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, cast

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from lossproof.model.fact import Authentication, Duty, Relation
from lossproof.register.accounts.models import Account
from lossproof.register.store import the_ledger

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

EVERYBODY = tuple(Duty)
READERS = frozenset({Duty.AUDITOR, Duty.REGULATOR})
"""Who sees everything and changes nothing."""

_LEADS = frozenset({Duty.GOVERNANCE_LEAD, Duty.IT})

DUTIES_IN: dict[Relation, tuple[Duty, ...]] = {
    Relation.CONTROLLER: (Duty.GOVERNANCE_LEAD, Duty.IT, Duty.STAFF),
    Relation.PROCESSOR: (Duty.CONTRACTOR,),
    Relation.AUDITOR: (Duty.AUDITOR,),
    Relation.REGULATOR: (Duty.REGULATOR,),
}
"""What people of an organisation can be there."""


def duties(*allowed: str) -> Callable[[View[P]], View[P]]:
    """Let only people with one of these duties use the view; 403 for others. Raises `ValueError` for what is no duty."""
    wanted = frozenset(Duty(word) for word in allowed)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not account_of(request).has(*wanted):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        vars(asked)["duties"] = wanted
        return asked

    return decorate


def everybody(view: View[P]) -> View[P]:
    """Let everybody who is logged in use the view."""
    return duties(*EVERYBODY)(view)


def public(view: View[P]) -> View[P]:
    """Let anybody use the view, without an account."""
    open_view = cast("Any", login_not_required)(view)
    open_view.public = True
    return cast("View[P]", open_view)


def account_of(request: HttpRequest) -> Account:
    """The account that is logged in. Raises `PermissionDenied` where none is."""
    user = request.user
    if not user.is_authenticated or not user.is_active:
        raise PermissionDenied
    return user


class Acting(NamedTuple):
    """The person for whom the register states a fact, of which organisation, and how it knows that."""

    person: str
    organisation: str
    authenticated: Authentication


def acting(request: HttpRequest) -> Acting:
    """Who asks. Raises `PermissionDenied` where nobody is logged in."""
    account = account_of(request)
    return Acting(account.id, account.organisation, authenticated_by(request))


def authenticated_by(request: HttpRequest) -> Authentication:
    """How the person who asks logged in: the strongest of what this session shows."""
    records = get_authentication_records(request, cast("Any", request.user))
    factors = {record.get("type") for record in records if record.get("method") == "mfa"}
    if "webauthn" in factors:
        return Authentication.PASSKEY
    if factors & {"totp", "recovery_codes"}:
        return Authentication.TOTP
    if any(record.get("method") == "socialaccount" for record in records):
        return Authentication.SIGN_ON
    return Authentication.PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a person may see: devices of these organisations, or with `own_only` those alone that they hold themselves; and whether
    they may change anything."""

    person: str
    organisations: frozenset[str]
    own_only: bool
    may_change: bool

    def sees(self, organisation: str, holder: str | None = None) -> bool:
        """Whether an object of this organisation, held by this person, may be shown."""
        if holder is not None and holder == self.person:
            return True
        return not self.own_only and organisation in self.organisations

    def require(self, organisation: str | None, holder: str | None = None) -> None:
        """Return if it may be shown. Raises `Http404`: what others have is not even said to be there."""
        if organisation is None or not self.sees(organisation, holder):
            raise Http404


def scope(request: HttpRequest) -> Scope:
    """What the person who asks may see. Worked out once a request."""
    kept = vars(request)
    if "lossproof_scope" not in kept:
        kept["lossproof_scope"] = scope_of(account_of(request))
    found: Scope = kept["lossproof_scope"]
    return found


def scope_of(account: Account) -> Scope:
    """What this person may see."""
    held = account.duty_set
    known = the_ledger().projection.organisations()
    relation = next((one.relation for one in known if one.subject == account.organisation), None)
    organisations = frozenset({account.organisation})
    if held & READERS:
        organisations = frozenset(one.subject for one in known)
    elif held & _LEADS and relation is Relation.CONTROLLER:
        watched = {Relation.CONTROLLER, Relation.PROCESSOR}
        organisations = frozenset(one.subject for one in known if one.relation in watched)
    return Scope(
        person=account.id,
        organisations=organisations,
        own_only=not held & (READERS | _LEADS | {Duty.CONTRACTOR}),
        may_change=not held <= READERS,
    )
