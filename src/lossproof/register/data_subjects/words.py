"""What the page of one person's data calls the codes that the file has."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lossproof.register.accounts.forms import DUTY_WORDS
from lossproof.register.devices.words import ASKED, EVENTS, KINDS, NOT_RECORDED, STATES, Words

_FACTS: Words = {
    "compromise": _("A key in other hands"),
    "custody": _("Who has a device"),
    "genesis": _("The log begins"),
    "holding": _("Count of people"),
    "inspection": _("Check of a device"),
    "policy": _("Rules"),
    "registration": _("What is registered"),
    "replay": _("The log replayed"),
    "request": _("A request to IT"),
    "retraction": _("Something withdrawn"),
    "created": _("Registered"),
    "changed": _("Changed"),
    "ended": _("Ended"),
}
_FACTORS: Words = {
    "totp": _("One-time codes"),
    "webauthn": _("Passkey"),
    "recovery_codes": _("Recovery codes"),
    "openid_connect": _("Sign-on of the organisation"),
}


def called(code: str | None) -> str:
    """The words for a code of a duty, a kind, a state, an event, a fact or a factor; a code that is none of them as it is."""
    if code is None:
        return str(NOT_RECORDED)
    duties: Words = {str(duty): words for duty, words in DUTY_WORDS.items()}
    every = (_FACTS, _FACTORS, duties, KINDS, STATES, EVENTS, ASKED)
    return next((str(words[code]) for words in every if code in words), code)
