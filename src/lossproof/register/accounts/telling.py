"""What is noted of how people sign in, and what they are told of it when they do, by whoever it was done.

Told at every sign-in for a fortnight, and to be read for as long as it is kept: who used a link that was not theirs cannot hide it
from the person by signing in once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lossproof.register.access import What, note_act
from lossproof.register.access.models import AccountAct
from lossproof.register.accounts.models import Account
from lossproof.register.web.times import moment_text

TOLD_FOR = timedelta(days=14)
_RECOVERY_CODES = "recovery_codes"
_MOST_TOLD = 5

WORDS: dict[str, str | Promise] = {
    What.INVITED: gettext_lazy("A link to choose the first password was made"),
    What.LINKED: gettext_lazy("A link to set a new password was made"),
    What.RESET: gettext_lazy("App, passkeys and password were taken off"),
    What.ADDED: gettext_lazy("An app or passkey was added"),
    What.REMOVED: gettext_lazy("An app or passkey was taken off"),
    What.ASKED: gettext_lazy("A second factor was asked of everybody who changes the register"),
    What.WAIVED: gettext_lazy("A second factor was no longer asked of anybody"),
}
_TO_SAY: dict[str, str | Promise] = {
    What.LINKED: gettext_lazy(
        "%(who)s made a new sign-in link for you on %(when)s. If you did not ask for it, tell your information governance lead."
    ),
    What.RESET: gettext_lazy(
        "%(who)s took your app, passkeys and password off on %(when)s. If you did not ask for it, tell your information governance "
        "lead."
    ),
}


def listen() -> None:
    """Note each factor that comes or goes, and tell people what was done when they sign in."""
    authenticator_added.connect(_added, dispatch_uid="lossproof")
    authenticator_removed.connect(_removed, dispatch_uid="lossproof")
    user_logged_in.connect(_signed_in, dispatch_uid="lossproof")


def who_did(by: str, names: dict[str, str]) -> str:
    """Who did it, in words."""
    return names.get(by, "") or (
        _("Somebody whose name was erased") if by else _("Somebody at the register's own terminal")
    )


def act_rows(found: Sequence[AccountAct]) -> list[dict[str, Any]]:
    """What was done, in words: when, what, to whom, by whom."""
    ids = {one for act in found for one in (act.person, act.by) if one}
    names = dict(Account.objects.filter(id__in=ids).values_list("id", "name"))
    return [
        {
            "at": one.done_at,
            "what": WORDS[one.what],
            "person": one.person,
            "whose": (names.get(one.person) or _("somebody whose name was erased")) if one.person else _("everybody"),
            "by": who_did(one.by, names),
            "own": bool(one.by) and one.by == one.person,
        }
        for one in found
    ]


def _added(user: Account, authenticator: Any, **_more: Any) -> None:
    if authenticator.type != _RECOVERY_CODES:
        note_act(What.ADDED, person=user.id, by=user.id)


def _removed(user: Account, authenticator: Any, **_more: Any) -> None:
    if authenticator.type != _RECOVERY_CODES:
        note_act(What.REMOVED, person=user.id, by=user.id)


def _signed_in(request: HttpRequest, user: Account, **_more: Any) -> None:
    """Say what others did to the account in the last fortnight, the newest first."""
    found = AccountAct.objects.filter(person=user.id, what__in=list(_TO_SAY), done_at__gte=timezone.now() - TOLD_FOR)
    acts = list(found.exclude(by=user.id).order_by("-pk")[:_MOST_TOLD])
    names = dict(Account.objects.filter(id__in={one.by for one in acts}).values_list("id", "name")) if acts else {}
    for one in acts:
        said = {"who": who_did(one.by, names), "when": moment_text(one.done_at)}
        messages.warning(request, _TO_SAY[one.what] % said, fail_silently=True)
