"""Links by which devices are accepted, and the texts that were signed."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first tables."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AcceptLink",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("handover", models.CharField(db_index=True, max_length=32)),
                ("person", models.CharField(max_length=32)),
                ("made_by", models.CharField(max_length=32)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("accepted", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="SignedText",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("salt", models.CharField(blank=True, max_length=32)),
                ("text", models.TextField(blank=True)),
                ("person", models.CharField(db_index=True, max_length=32)),
                ("handover", models.CharField(db_index=True, max_length=32)),
                ("signed_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
                ("erased_at", models.DateTimeField(null=True)),
                ("rule", models.CharField(blank=True, max_length=64)),
            ],
        ),
    ]
