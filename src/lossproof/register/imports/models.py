"""What is kept of an import: how far it is, what came of it, and mappings that were saved by name. Nothing of the file's own words
but its name and headings; its rows stand in a folder of their own until the run ends (`files`)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from lossproof.register.accounts.models import new_id

MOST_SHOWN = 50
"""How many faults of rows a run keeps to be shown; the file of all of them can be fetched."""

MOST_NEW = 24
"""How many new devices a run remembers, so that their labels can be printed."""


class State(models.TextChoices):
    """Where a run is. READING, PLANNING and RUNNING are worked on by a thread; the others wait for a person, or are the end."""

    READING = "reading"
    COLUMNS = "columns"
    REPORT = "report"
    PLANNING = "planning"
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


WORKING = frozenset({State.READING, State.PLANNING, State.RUNNING})
ENDED = frozenset({State.DONE, State.FAILED, State.STOPPED})


class Run(models.Model):
    """One file on its way into the register. `organisation` is that of the person `by`; `source` what a report is of, empty for an
    asset list; `mapping` as `wire.asset_list` encodes it; `counts` how many rows became what; `faults` the first rows with errors,
    as (where, what is wrong), without a value of the row; `new_devices` the ids of the first that were registered; `kept` whether
    something of the file still stands."""

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    organisation = models.CharField(max_length=32, db_index=True)
    by = models.CharField(max_length=32)
    authenticated = models.CharField(max_length=20, blank=True)
    file_name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    source = models.CharField(max_length=80, blank=True)
    headings: models.JSONField[Any, Any] = models.JSONField(default=list)
    mapping = models.TextField(blank=True)
    with_custody = models.BooleanField(default=False)
    made_at = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    faults: models.JSONField[Any, Any] = models.JSONField(default=list)
    new_devices: models.JSONField[Any, Any] = models.JSONField(default=list)
    problem = models.CharField(max_length=400, blank=True)
    hint = models.CharField(max_length=400, blank=True)
    kept = models.BooleanField(default=True)
    stopping = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"import {self.id}"


class SavedMapping(models.Model):
    """Which column is what, saved by an organisation under a name."""

    organisation = models.CharField(max_length=32)
    name = models.CharField(max_length=60)
    mapping = models.TextField()
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """One of each name."""

        constraints = (models.UniqueConstraint(fields=["organisation", "name"], name="imports_savedmapping_name"),)

    def __str__(self) -> str:
        return self.name
