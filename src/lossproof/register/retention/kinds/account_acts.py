"""Who changed by what whom signs in."""

from __future__ import annotations

from lossproof.register.access.models import AccountAct
from lossproof.register.retention.kind import rows

KIND = rows("account_acts", "who changed by what whom signs in; nothing is left", "it was done", AccountAct, "done_at")
