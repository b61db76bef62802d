"""What happens to accounts: Django's row and the fact that says it, in one transaction, or neither.

Each raises `InputError` or `PolicyError` in plain words where it cannot be done; nothing is half done.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from lossproof.errors import InputError, PolicyError
from lossproof.jobs.agents import end_agent
from lossproof.jobs.stating import controller, register
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.store import Ledger, moment
from lossproof.model.fact import REGISTER_ENROLS, Duty
from lossproof.model.facts.registration import Action, Person, Registration
from lossproof.register.access import What, note_act
from lossproof.register.accounts.duties import DUTIES_IN
from lossproof.register.accounts.here import here
from lossproof.register.accounts.models import Account, OneTimeLink, new_id


def begin(ledger: Ledger, key: PrivateKey, *, name: str, email: str, password: str) -> Account:
    """The first account of a register: the controller's governance lead and IT."""
    # Hashing takes long, and nobody else can write meanwhile.
    hashed = make_password(password)
    with ledger.write() as writer:
        if Account.objects.exists():
            raise PolicyError("somebody has an account already", hint="log in, or ask IT for one")
        home = controller(writer.projection)
        first = (Duty.GOVERNANCE_LEAD, Duty.IT)
        account = _new(ledger, key, writer, name=name, email=email, organisation=home, duties=first)
        account.password = hashed
        account.save(update_fields=["password"])
    return account


def create(
    ledger: Ledger,
    key: PrivateKey,
    *,
    name: str,
    email: str,
    organisation: str,
    duties: Iterable[Duty],
    by: Account | None = None,
) -> Account:
    """An account without a password yet: a one-time link sets it."""
    duties = frozenset(duties)
    _require_lead(by, duties)
    with ledger.write() as writer:
        return _new(ledger, key, writer, name=name, email=email, organisation=organisation, duties=duties)


def change(
    ledger: Ledger,
    key: PrivateKey,
    account: Account,
    *,
    name: str,
    duties: Iterable[Duty],
    version: int,
    by: Account | None = None,
) -> Account:
    """Change a name, or the duties, of the account as it was at `version`."""
    with ledger.write() as writer:
        found = _as_it_was(account.id, version)
        if not found.is_active:
            raise PolicyError("this account has ended", hint="make another one")
        wanted = _allowed(writer, found.organisation, duties)
        _require_lead(by, found.duty_set | wanted)
        if found.has(Duty.GOVERNANCE_LEAD) and Duty.GOVERNANCE_LEAD not in wanted:
            _require_another_lead(found)
        if wanted != found.duty_set:
            person = Person(organisation=found.organisation, duties=_sorted(wanted))
            fact = Registration(true_at=_now(ledger), action=Action.CHANGED, person=person)
            register(writer, key, found.id, fact)
        found.name, found.duties = name, " ".join(_sorted(wanted))
        found.version += 1
        found.save()
    return found


def end(ledger: Ledger, key: PrivateKey, account: Account, *, version: int, by: Account | None = None) -> Account:
    """End an account: its owner can no longer log in, at once, and nothing that their own keys sign is taken in any more. The row
    stays until its retention ends."""
    with ledger.write() as writer:
        found = _as_it_was(account.id, version)
        if not found.is_active:
            raise PolicyError("this account has ended already")
        _require_lead(by, found.duty_set)
        if found.has(Duty.GOVERNANCE_LEAD):
            _require_another_lead(found)
        for theirs in writer.projection.enrolled_keys():
            # What an owner enrolled, an owner ends.
            if theirs.person == found.id and theirs.active and theirs.role in REGISTER_ENROLS:
                end_agent(writer, key, theirs.subject)
        register(writer, key, found.id, Registration(true_at=_now(ledger), action=Action.ENDED))
        found.end(timezone.now())
        OneTimeLink.objects.filter(account=found).delete()
    return found


def follow(ledger: Ledger) -> int:
    """End the rows of people whom the log has ended, or whose organisation it has, by whoever stated it elsewhere; how many. They are
    out already (`here`): from now on the days of retention are counted."""
    ended = {one.subject for one in ledger.projection.organisations() if one.ended is not None}
    gone = {one.subject for one in ledger.projection.people() if one.ended is not None or one.organisation in ended}
    found = [one for one in Account.objects.filter(is_active=True).iterator() if one.id in gone]
    for account in found:
        account.end(timezone.now())
    return len(found)


def require_may_look_after(by: Account, account: Account) -> None:
    """Return if `by` may make a link for an account, or end it. Raises `PolicyError`: whoever sets the password of a governance lead
    is one."""
    _require_lead(by, account.duty_set)


def new_link(account: Account, by: str) -> str:
    """The token of a link that lets the person set a password, once; links that were made before no longer do. It is noted who made
    it (`by` is empty at a terminal)."""
    if here(account.pk) is None:
        raise PolicyError("this account has ended", hint="make another one")
    token = secrets.token_urlsafe(24)
    is_first = account.last_login is None and not account.has_usable_password()
    with transaction.atomic():
        OneTimeLink.objects.filter(account=account, used_at=None).delete()
        OneTimeLink.objects.create(
            digest=link_digest(token), account=account, made_by=by, expires_at=OneTimeLink.expiry()
        )
        note_act(What.INVITED if is_first else What.LINKED, person=account.id, by=by)
    return token


def reset(account: Account, by: str) -> None:
    """Take the app, the passkeys and the password off an account whose owner has lost them: sessions end with the password."""
    with transaction.atomic():
        Authenticator.objects.filter(user=account).delete()
        account.set_unusable_password()
        account.save(update_fields=["password"])
        note_act(What.RESET, person=account.id, by=by)


def link_digest(token: str) -> str:
    """What is kept of a link's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def open_link(token: str) -> OneTimeLink | None:
    """The link with this token that may still be used, or None. Looked up by digest: no time to tell tokens apart by."""
    found = OneTimeLink.objects.select_related("account").filter(digest=link_digest(token)).first()
    return found if found is not None and found.open and here(found.account_id) else None


def set_password(ledger: Ledger, token: str, password: str) -> Account:
    """Set the password of the account that the link is for, and use the link up."""
    hashed = make_password(password)
    with ledger.database.transaction():
        link = open_link(token)
        if link is None:
            raise PolicyError("this link has been used, or is too old", hint="ask IT for another one")
        link.used_at = timezone.now()
        link.save(update_fields=["used_at"])
        link.account.password = hashed
        link.account.save(update_fields=["password"])
    return link.account


def _new(
    ledger: Ledger,
    key: PrivateKey,
    writer: Writer,
    *,
    name: str,
    email: str,
    organisation: str,
    duties: Iterable[Duty],
) -> Account:
    wanted = _allowed(writer, organisation, duties)
    if Account.objects.filter(email=email.lower(), is_active=True).exists():
        raise InputError("somebody has an account with this e-mail address")
    # Whoever comes back is another account, and an address leads to one.
    Account.objects.filter(email=email.lower()).update(email=None)
    person = Person(organisation=organisation, duties=_sorted(wanted))
    account = Account(id=new_id(), email=email, name=name, organisation=organisation, duties=" ".join(_sorted(wanted)))
    account.set_unusable_password()
    fact = Registration(true_at=_now(ledger), action=Action.CREATED, person=person)
    register(writer, key, account.id, fact)
    account.save(force_insert=True)
    return account


def _as_it_was(person: str, version: int) -> Account:
    """The account, read anew under the write lock. Raises `PolicyError` where somebody else changed it meanwhile."""
    found = Account.objects.get(id=person)
    if found.version != version:
        raise PolicyError(
            "somebody else changed this account while you were looking at it", hint="look at it again, then change it"
        )
    return found


def _allowed(writer: Writer, organisation: str, duties: Iterable[Duty]) -> frozenset[Duty]:
    relation = writer.projection.relation(organisation)
    wanted = frozenset(duties)
    if relation is None or not wanted:
        raise InputError("a person has an organisation, and something to do there")
    if not wanted <= frozenset(DUTIES_IN[relation]):
        raise PolicyError("people of this organisation cannot have these duties")
    return wanted


def _require_lead(by: Account | None, duties: frozenset[Duty]) -> None:
    """Only governance leads say who is one: IT is bound by their rules and exceptions. `by` is None where the register itself acts."""
    if by is not None and Duty.GOVERNANCE_LEAD in duties and not by.has(Duty.GOVERNANCE_LEAD):
        raise PolicyError(
            "only a governance lead makes, changes or ends the account of one", hint="ask a governance lead to do it"
        )


def _require_another_lead(account: Account) -> None:
    others = Account.objects.filter(is_active=True).exclude(id=account.id)
    if not any(other.has(Duty.GOVERNANCE_LEAD) for other in others.only("duties")):
        raise PolicyError(
            "this is the last governance lead, and somebody has to be", hint="give somebody else this duty first"
        )


def _sorted(duties: Iterable[Duty]) -> tuple[Duty, ...]:
    return tuple(sorted(duties))


def _now(ledger: Ledger) -> str:
    return moment(ledger.publisher.clock)
