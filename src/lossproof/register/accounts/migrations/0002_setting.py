"""What governance leads set."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table more."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Setting",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("value", models.CharField(max_length=40)),
            ],
        ),
        migrations.AlterField(
            model_name="account",
            name="email",
            field=models.EmailField(max_length=254, null=True, unique=True, verbose_name="e-mail address"),
        ),
        migrations.AlterField(
            model_name="account",
            name="name",
            field=models.CharField(max_length=120, verbose_name="name"),
        ),
    ]
