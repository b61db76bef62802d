"""The route that every page may lead to: choosing its language."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from lossproof.register.accounts.duties import public

urlpatterns = [path("language", public(set_language), name="set_language")]
