"""One look of one person at what one device holds: an erasable row, no fact. It names nobody: ids alone."""

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
