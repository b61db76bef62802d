"""The rules as a Django app, so that its templates are found."""

from __future__ import annotations

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """No models: facts say which rules hold, and the projection keeps their texts."""

    name = "lossproof.register.rules"
    label = "rules"
    verbose_name = "Rules"
