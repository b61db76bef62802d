"""Erasing at a person's request: at once, in one transaction, and noted outside the store so that no older copy brings it back."""

from __future__ import annotations

from lossproof.errors import PolicyError
from lossproof.ledger.store import Ledger
from lossproof.register.accounts.models import Account
from lossproof.register.custody.models import SignedText
from lossproof.register.projection import catch_up
from lossproof.register.retention.erased_again import note_erased
from lossproof.register.retention.kind import Ground
from lossproof.register.retention.people import erase_person, require_erasable
from lossproof.register.web.translating import translated

PERSON_ASKED = "person_asked"
"""The code of the rule, where no other is given."""


def erase_at_request(ledger: Ledger, person: str, rule: str) -> None:
    """Erase who the person was and what they signed, for good. Raises as `retention.people.erase_person`, and `StoreError`."""
    ledger.publisher.require_in_step(ledger.database)
    with ledger.database.transaction():
        catch_up(ledger)
        at = ledger.publisher.clock()
        erase_person(ledger, person, Ground(rule, at))
        signed = SignedText.objects.filter(person=person, erased_at=None)
        signed.update(text="", salt="", erased_at=at, rule=rule)
    note_erased(ledger)


def why_not_yet(ledger: Ledger, account: Account) -> str:
    """Why it cannot be done now, in one line, or nothing."""
    catch_up(ledger)
    try:
        require_erasable(ledger, account)
    except PolicyError as error:
        return f"{translated(str(error))}: {translated(error.hint)}"
    return ""
