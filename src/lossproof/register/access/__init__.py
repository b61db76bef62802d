"""Who looked at whose contents, and who changed by what somebody signs in: a row each, written before it is done."""

from __future__ import annotations

from enum import StrEnum


class What(StrEnum):
    """What was done to how a person signs in, or to how all do."""

    INVITED = "invited"  # the first link to an account that nobody has signed in to
    LINKED = "linked"  # a link that sets a new password
    RESET = "reset"  # app, passkeys and password taken off, by a governance lead
    ADDED = "factor_added"
    REMOVED = "factor_removed"
    ASKED = "factor_asked"  # a second factor is asked of whoever changes the register
    WAIVED = "factor_waived"


def note(person: str, device: str) -> None:
    """Note that a person (by random id) was shown what a device holds. Raises where it cannot be noted: then nothing is shown."""
    from lossproof.register.access.models import Look

    Look.objects.create(person=person, device=device)


def note_act(what: What, *, person: str, by: str) -> None:
    """Note what was done to a person's account, in the transaction that does it; `by` is empty for whoever has the store."""
    from lossproof.register.access.models import AccountAct

    AccountAct.objects.create(what=what.value, person=person, by=by)
