"""One-time links by which a person accepts devices without an account, and the texts that were signed: erasable rows.

Facts hold the salted digest of a signed text. Erased, a text keeps when and under which rule; its salt goes with it, and the digest
says nothing any more. The token of a link is kept nowhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

LINK_HOURS = 72


class AcceptLink(models.Model):
    """A link by which a person answers one hand-over, once. `digest` is the SHA-256 of its token; `accepted` what they answered."""

    digest = models.CharField(primary_key=True, max_length=64)
    handover = models.CharField(max_length=32, db_index=True)
    person = models.CharField(max_length=32)
    made_by = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(default=False)

    @property
    def open(self) -> bool:
        """Whether it may still be used."""
        return self.used_at is None and timezone.now() < self.expires_at

    @staticmethod
    def expiry() -> datetime:
        """When a link made now ends."""
        return timezone.now() + timedelta(hours=LINK_HOURS)

    def __str__(self) -> str:
        return f"link for {self.handover}"


class SignedText(models.Model):
    """What a person signed when they accepted devices. `digest` is SHA-256 of the salt's 16 bytes and the text in UTF-8."""

    digest = models.CharField(primary_key=True, max_length=64)
    salt = models.CharField(max_length=32, blank=True)
    text = models.TextField(blank=True)
    person = models.CharField(max_length=32, db_index=True)
    handover = models.CharField(max_length=32, db_index=True)
    signed_at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    erased_at = models.DateTimeField(null=True)
    rule = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"text {self.digest[:8]}"
