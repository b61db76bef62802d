"""Runs of imports, and saved mappings."""

import django.utils.timezone
from django.db import migrations, models

import lossproof.register.accounts.models


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=lossproof.register.accounts.models.new_id,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organisation", models.CharField(db_index=True, max_length=32)),
                ("by", models.CharField(max_length=32)),
                ("authenticated", models.CharField(blank=True, max_length=20)),
                ("file_name", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "Reading"),
                            ("columns", "Columns"),
                            ("report", "Report"),
                            ("planning", "Planning"),
                            ("planned", "Planned"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("stopped", "Stopped"),
                        ],
                        default="reading",
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=80)),
                ("headings", models.JSONField(default=list)),
                ("mapping", models.TextField(blank=True)),
                ("with_custody", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(null=True)),
                ("rows", models.IntegerField(default=0)),
                ("done", models.IntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("faults", models.JSONField(default=list)),
                ("new_devices", models.JSONField(default=list)),
                ("problem", models.CharField(blank=True, max_length=400)),
                ("hint", models.CharField(blank=True, max_length=400)),
                ("kept", models.BooleanField(default=True)),
                ("stopping", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organisation", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=60)),
                ("mapping", models.TextField()),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="imports_savedmapping_name")
                ],
            },
        ),
    ]
