"""Telling Django what to serve: the one place that sets it up. Imports no Django before that."""

from __future__ import annotations

import os
import time

from lossproof.errors import InputError
from lossproof.register.options import Options, tell


def start(options: Options) -> None:
    """Set Django up for these options. Once a process: Django reads its settings once.

    Raises `InputError` where the libraries of the register are not installed.
    """
    tell(options)
    os.environ["DJANGO_SETTINGS_MODULE"] = "lossproof.register.settings"
    try:
        import django
    except ImportError:
        raise InputError(
            "the register needs libraries that are not installed", hint="install lossproof[register]"
        ) from None
    zone = os.environ.get("TZ")
    django.setup()
    # Pages show times where people are; the process, and what it starts, keeps the zone of its machine.
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    if hasattr(time, "tzset"):
        time.tzset()


def pending_migrations() -> list[str]:
    """The changes to the tables that the store still lacks, in order."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> list[str]:
    """Apply what `pending_migrations` says; the names of what was applied."""
    from django.core.management import call_command

    pending = pending_migrations()
    call_command("migrate", interactive=False, verbosity=0)
    return pending
