"""Erasing who a person was: the account's row keeps its random id, which facts hold, and nothing that says whose it is."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount

from lossproof.errors import InputError, PolicyError
from lossproof.ledger.erasable import check_rule
from lossproof.ledger.store import Ledger
from lossproof.register.accounts.models import Account, OneTimeLink
from lossproof.register.custody.models import AcceptLink
from lossproof.register.evidence.models import EnrolmentCode
from lossproof.register.retention.held import holders
from lossproof.register.retention.kind import Ground
from lossproof.register.retention.models import Erasure

WHAT = "accounts"


def erase_person(ledger: Ledger, person: str, ground: Ground) -> None:
    """Erase who the person was, for good, in the transaction of the caller. Sessions end by themselves, and hold no name; what the
    person signed has days of its own.

    Raises `InputError` for nobody, or a rule that is no code, `PolicyError` where the account has not ended, or the
    person has a device.
    """
    check_rule(ground.rule)
    account = Account.objects.filter(id=person).first()
    if account is None:
        raise InputError("there is no such person", hint="/people lists everybody")
    require_erasable(ledger, account)
    forget(account, ground)


def require_erasable(ledger: Ledger, account: Account) -> None:
    """Return if who the person was may be erased now. Raises `PolicyError` with what to do first."""
    if account.is_active:
        raise PolicyError("the account has not ended", hint="end the account first, on the page of the person")
    if account.id in holders(ledger):
        raise PolicyError(
            "the person still has a device, or had one that is missing",
            hint="have the device returned first, or found out about",
        )


def forget(account: Account, ground: Ground) -> None:
    """`erase_person`, unasked: also where an older copy of the store says that the account has not ended."""
    for table in (Authenticator, EmailAddress, SocialAccount):
        table.objects.filter(user=account).delete()
    OneTimeLink.objects.filter(account=account).delete()
    AcceptLink.objects.filter(person=account.id).delete()
    EnrolmentCode.objects.filter(person=account.id).update(label="")
    account.name, account.email, account.is_active = "", None, False
    account.set_unusable_password()
    account.save()
    Erasure.objects.update_or_create(what=WHAT, key=account.id, defaults={"erased_at": ground.at, "rule": ground.rule})
