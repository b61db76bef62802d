"""Who looked at what a device holds, and who changed how somebody signs in: erasable rows, no facts. They name nobody: ids alone."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Look(models.Model):
    """A person was shown what a device holds, then. The ids are those that facts use."""

    person = models.CharField(max_length=32, db_index=True)
    device = models.CharField(max_length=32, db_index=True)
    looked_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    def __str__(self) -> str:
        return f"look {self.pk}"


class AccountAct(models.Model):
    """Somebody changed by what a person signs in: `what` is a word of `access.What`, `person` whose account it is (empty:
    everybody's), `by` who did it (empty: whoever has the store, at a terminal)."""

    what = models.CharField(max_length=20)
    person = models.CharField(max_length=32, blank=True, db_index=True)
    by = models.CharField(max_length=32, blank=True, db_index=True)
    done_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    def __str__(self) -> str:
        return f"{self.what} {self.pk}"
