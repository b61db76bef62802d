"""What every template has beside what its view gives it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

from lossproof.register.accounts.models import Account
from lossproof.register.accounts.second_factor import is_lacking
from lossproof.register.options import told
from lossproof.register.store import the_ledger
from lossproof.register.web.navigation import navigation_for


def page(request: HttpRequest) -> dict[str, Any]:
    """`account` and `navigation` of who is logged in; `contact`, how to reach IT; `witnessed`, when somebody outside last spoke of
    the log, or None; `lacks_factor`, whether a second factor is asked of them that they have not set up."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"account": None, "navigation": [], "contact": told().contact}
    account: Account = user
    return {
        "account": account,
        "navigation": navigation_for(account, request.path),
        "witnessed": last_witnessed(),
        "lacks_factor": is_lacking(request),
        "contact": told().contact,
    }


def last_witnessed() -> datetime | None:
    """When a witness or a time stamp authority last spoke of a checkpoint of the log, by its own clock."""
    ledger = the_ledger()
    rows = ledger.database.execute("SELECT outside_at FROM ledger_log WHERE log = ?", (ledger.log.number,))
    at = rows[0][0] if rows else None
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC)
