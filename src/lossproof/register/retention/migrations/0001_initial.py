"""The tables of retention."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes them."""

    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [
        migrations.CreateModel(
            name="Sweep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                ("schedule", models.CharField(max_length=64)),
                ("what", models.CharField(max_length=40)),
                ("rule", models.CharField(max_length=64)),
                ("erased", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=64)),
                ("erased_at", models.DateTimeField()),
                ("rule", models.CharField(max_length=64)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("what", "key"), name="retention_once")]},
        ),
    ]
