"""That something was erased: when, under which rule, how much. Random ids and digests alone; nothing of what it was."""

from __future__ import annotations

from django.db import models


class Erasure(models.Model):
    """One thing that is gone for good. `what` is a kind of `kinds`, `key` the random id of the person or device."""

    what = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    erased_at = models.DateTimeField()
    rule = models.CharField(max_length=64)

    class Meta:
        """A thing is erased once."""

        constraints = (models.UniqueConstraint(fields=("what", "key"), name="retention_once"),)

    def __str__(self) -> str:
        return f"erased on {self.erased_at:%Y-%m-%d} under {self.rule}"


class Sweep(models.Model):
    """One line of the schedule, applied: how many things it erased. `schedule` is the SHA-256 of the schedule's text."""

    at = models.DateTimeField(db_index=True)
    schedule = models.CharField(max_length=64)
    what = models.CharField(max_length=40)
    rule = models.CharField(max_length=64)
    erased = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.erased} of {self.what} under {self.rule}"
