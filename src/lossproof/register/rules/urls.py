"""Routes about rules."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from lossproof.register.rules import views
from lossproof.register.web.navigation import Entry

urlpatterns = [
    path("rules", views.rules, name="rules"),
    path("rules/change", views.change, name="change_rules"),
    path("rules/adopt", views.adopt, name="adopt_rules"),
    path("rules/history", views.history, name="rules_history"),
    path("rules/history/<int:number>", views.one_version, name="rules_version"),
]

NAVIGATION = (Entry(order=60, name="rules", text=_("Rules")),)
