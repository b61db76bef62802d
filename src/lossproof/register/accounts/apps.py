"""The accounts as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, and what is noted when their second factors change."""

    name = "lossproof.register.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Listen to allauth and Django, once their models are there."""
        from lossproof.register.accounts import telling

        telling.listen()
