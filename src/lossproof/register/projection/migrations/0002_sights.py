"""Make the tables of the projection anew, since evidence is kept by signer and sight. They are filled again when the store is next
opened; the texts of policies stay."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from lossproof.register.database import the_database
from lossproof.register.projection.schema import remake_tables


def remake(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop and make what the facts give back."""
    del apps, schema_editor
    remake_tables(the_database())


class Migration(migrations.Migration):
    """After the tables of the first form."""

    dependencies = (("projection", "0001_initial"),)
    operations = (migrations.RunPython(remake, migrations.RunPython.noop),)
