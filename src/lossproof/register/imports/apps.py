"""The imports as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Runs and saved mappings."""

    name = "lossproof.register.imports"
    label = "imports"
    verbose_name = "Imports"
