"""Make the tables that the facts of the log are projected to. They are filled when the store is first opened with them."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from lossproof.register.database import the_database
from lossproof.register.projection.schema import KEPT, TABLES, create_tables, has_tables


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make them, unless a command has made them already."""
    del apps, schema_editor
    if not has_tables(the_database()):
        create_tables(the_database())


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop them, the texts of policies too."""
    del apps, schema_editor
    for table in (*TABLES, KEPT):
        the_database().execute(f"DROP TABLE {table}")


class Migration(migrations.Migration):
    """No model of Django's stands behind these tables: `projection.schema` defines them."""

    initial = True
    dependencies = ()
    operations = (migrations.RunPython(make, drop),)
