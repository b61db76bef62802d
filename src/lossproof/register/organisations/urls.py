"""Routes about organisations."""

from __future__ import annotations

from django.urls import path

from lossproof.register.organisations import views

urlpatterns = [
    path("organisations", views.organisations, name="organisations"),
    path("organisations/new", views.new_organisation, name="new_organisation"),
    path("organisations/<str:organisation>", views.organisation, name="organisation"),
    path("organisations/<str:organisation>/end", views.end_organisation, name="end_organisation"),
]
