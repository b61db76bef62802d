"""Adopting rules: the fact, their text and every verdict by them, in one transaction."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from lossproof.jobs import policies
from lossproof.jobs.stating import Speaker
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.store import Ledger
from lossproof.register.accounts.duties import Acting
from lossproof.register.devices.now import now_of
from lossproof.register.projection import apply, keep_rules, prepare_rules
from lossproof.register.rules.versions import draft
from lossproof.register.web.errors import Conflict


def adopt(
    ledger: Ledger, key: PrivateKey, who: Acting, text: str, *, seen: int, effective_at: datetime | None = None
) -> int:
    """Let these rules hold from `effective_at` on (None: now), in place of those that were the newest when their number was `seen`;
    the number of the version. Every device is decided again where they hold at once.

    All verdicts are made before the write lock is taken, and under it only those again that changed meanwhile.

    Raises `Conflict` where others were adopted meanwhile, or these are the newest already; and as `jobs.policies.adopt`.
    """
    now = now_of(ledger)
    prepared = prepare_rules(ledger, text.encode("utf-8"), now) if effective_at is None else None
    with ledger.write() as writer:
        apply(writer)
        newest = draft(ledger.database)
        if newest.number != seen:
            raise Conflict(
                _("Somebody else adopted other rules while you were looking at these"),
                _("Nothing was changed. Look at the rules that hold now, then make your change again"),
            )
        digest = keep_rules(ledger.database, text.encode("utf-8"))
        if digest == newest.digest:
            raise Conflict(_("These are the newest rules already"), _("Nothing was changed"))
        speaker = Speaker(key=key, by=who.person, authenticated=who.authenticated)
        number = policies.adopt(writer, speaker, text.encode("utf-8"), effective_at)
        apply(writer, prepared)
    return number
