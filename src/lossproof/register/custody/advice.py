"""What to do about each reason for which the gate stays closed, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lossproof.ledger.store import Ledger
from lossproof.register.custody.acts import Held
from lossproof.register.devices import named
from lossproof.register.web.translating import translated

_CHECK = _("Plug it in and check it, then hand it over within a day.")
ADVICE: dict[str, str | Promise] = {
    "no_proof": _CHECK,
    "stale": _CHECK,
    "before_last_event": _("Check it again: what was shown before it last changed hands says nothing of now."),
    "before_report": _("Somebody said that it does not encrypt. Check it again, and answer them."),
    "withdrawn": _CHECK,
    "receivers_own": _("Somebody other than the receiver has to check it."),
    "other_medium": _("The check was of another medium. Check this one, or add the serial number that was seen."),
    "not_protected": _("Encrypt it, then check it again."),
    "contradicted": _("Look at its page: two checks disagree. Check it again."),
    "stopped": _("Look at its page for the rule that is broken, and put that right first."),
    "exception_ended": _("A governance lead can make another exception."),
    "exception_own": _("Another governance lead than the receiver has to make the exception."),
}


def shown(ledger: Ledger, held: Iterable[Held]) -> list[dict[str, Any]]:
    """For each device: its name, the reasons as sentences, and what to do."""
    listed = list(held)
    names = named.called(ledger, [one.device for one in listed])
    return [
        {
            "device": one.device,
            "name": names[one.device].text(one.device),
            "reasons": list(dict.fromkeys(_sentence(reason.text) for reason in one.reasons)),
            "by_proof": any(reason.code != "state" for reason in one.reasons),
            "advice": list(dict.fromkeys(str(ADVICE[reason.code]) for reason in one.reasons if reason.code in ADVICE)),
        }
        for one in listed
    ]


def _sentence(text: str) -> str:
    said = translated(text)
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."
