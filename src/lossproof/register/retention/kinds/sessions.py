"""Sessions that are over: Django keeps their rows until somebody clears them."""

from __future__ import annotations

from django.contrib.sessions.models import Session

from lossproof.register.retention.kind import rows

KIND = rows("sessions", "rows of people's sessions; nothing is left", "the session ended", Session, "expire_date")
