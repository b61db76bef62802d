"""The one-time codes by which a new key is enrolled, and what people call the machine or person whose key it is: erasable rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from lossproof.register.accounts.models import new_id

CODE_HOURS = 24


class EnrolmentCode(models.Model):
    """A code that enrols one key, once, and afterwards the label of that key. `digest` is the SHA-256 of the code, which is kept
    nowhere. `person` is whose key it is to be, empty for a machine's; `fingerprint` is empty until the code is used."""

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20)
    organisation = models.CharField(max_length=32, db_index=True)
    person = models.CharField(max_length=32, blank=True, db_index=True)
    made_by = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)

    @property
    def open(self) -> bool:
        """Whether it may still be used."""
        return self.used_at is None and timezone.now() < self.expires_at

    @staticmethod
    def expiry() -> Any:
        """When a code made now ends."""
        return timezone.now() + timedelta(hours=CODE_HOURS)

    def __str__(self) -> str:
        return f"code {self.id}"
