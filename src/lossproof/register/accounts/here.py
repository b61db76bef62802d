"""Whether a person is still here by the log: neither they nor their organisation has ended, whoever said so, and wherever."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from lossproof.register.accounts.models import Account
from lossproof.register.store import the_ledger

_HERE = """
SELECT a.*, (SELECT s.value FROM accounts_setting s WHERE s.name = 'second_factor') AS second_factor_set,
EXISTS (SELECT 1 FROM mfa_authenticator m WHERE m.user_id = a.id AND m.type IN ('totp', 'webauthn')) AS has_second_factor
FROM accounts_account a WHERE a.id = %s
AND NOT EXISTS (SELECT 1 FROM ledger_person p WHERE p.log = %s AND p.subject = a.id AND p.ended IS NOT NULL)
AND NOT EXISTS (SELECT 1 FROM ledger_organisation o WHERE o.log = %s AND o.subject = a.organisation AND o.ended IS NOT NULL)
"""


def here(person: Any) -> Account | None:
    """The account of somebody who may act here, or None. One query, which says what `second_factor` asks too."""
    log = the_ledger().log.number
    found = next(iter(Account.objects.raw(_HERE, (str(person), log, log))), None)
    return found if found is not None and found.is_active else None


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """allauth's, and no session outlives the end of a person or an organisation, though an owner stated it at a terminal."""

    def get_user(self, user_id: Any) -> Account | None:
        """Whose session it is; None where they are no longer here."""
        return here(user_id)

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether the person is still here."""
        return here(user.pk) is not None
