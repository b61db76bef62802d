"""The looks at contents."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first table."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(db_index=True, max_length=32)),
                ("device", models.CharField(db_index=True, max_length=32)),
                ("looked_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
            ],
        ),
    ]
