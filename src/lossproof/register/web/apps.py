"""The app that holds the templates and static files of every page; it has no tables."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Django's entry for it."""

    name = "lossproof.register.web"
