"""The codes by which keys are enrolled."""

import django.utils.timezone
from django.db import migrations, models

import lossproof.register.accounts.models


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="EnrolmentCode",
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
                ("digest", models.CharField(max_length=64, unique=True)),
                ("label", models.CharField(blank=True, max_length=120)),
                ("role", models.CharField(max_length=20)),
                ("organisation", models.CharField(db_index=True, max_length=32)),
                ("person", models.CharField(blank=True, db_index=True, max_length=32)),
                ("made_by", models.CharField(max_length=32)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("fingerprint", models.CharField(blank=True, db_index=True, max_length=64)),
            ],
        ),
    ]
