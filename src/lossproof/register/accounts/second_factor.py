"""Whether whoever changes the register for others, governance leads and IT, must have an app or a passkey beside the password.

Asked of them where the register is reached over TLS, unless a governance lead has set it otherwise; at an address of this machine
alone it is not. Until they have one they see everything and change nothing but how they sign in. Who signs in by another provider
is trusted for what that provider asks: it says nothing of it that could be checked here.
"""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from lossproof.model.fact import Authentication, Duty
from lossproof.register.access import What, note_act
from lossproof.register.accounts.duties import authenticated_by
from lossproof.register.accounts.models import Account, Setting
from lossproof.register.options import told

WHO = (Duty.GOVERNANCE_LEAD, Duty.IT)
_NAME, _YES, _NO = "second_factor", "yes", "no"


def is_asked() -> bool:
    """Whether it is asked now."""
    return _says(Setting.objects.filter(name=_NAME).values_list("value", flat=True).first())


def ask(asked: bool, by: str) -> None:
    """Set whether it is asked from now on."""
    with transaction.atomic():
        Setting.objects.update_or_create(name=_NAME, defaults={"value": _YES if asked else _NO})
        note_act(What.ASKED if asked else What.WAIVED, person="", by=by)


def is_lacking(request: HttpRequest) -> bool:
    """Whether who is logged in has yet to set one up, before they may change anything. Costs no query: `here` has asked already."""
    account = request.user
    if not isinstance(account, Account) or not account.has(*WHO) or getattr(account, "has_second_factor", True):
        return False
    return (
        _says(getattr(account, "second_factor_set", None)) and authenticated_by(request) is not Authentication.SIGN_ON
    )


def _says(value: str | None) -> bool:
    return told().secure if value is None else value == _YES
