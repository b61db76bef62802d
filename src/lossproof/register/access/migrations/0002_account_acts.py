"""What was done to accounts."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """One table more."""

    dependencies = [("access", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="AccountAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=20)),
                ("person", models.CharField(blank=True, db_index=True, max_length=32)),
                ("by", models.CharField(blank=True, db_index=True, max_length=32)),
                ("done_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
            ],
        ),
    ]
