"""The projection as a Django app, so that migrations make its tables."""

from __future__ import annotations

from django.apps import AppConfig


class ProjectionConfig(AppConfig):
    """No models: `schema` defines the tables, and the facts fill them."""

    name = "lossproof.register.projection"
    label = "projection"
    verbose_name = "Projection"
