"""Routes of a person's request about their own data."""

from __future__ import annotations

from django.urls import path

from lossproof.register.data_subjects import views

urlpatterns = [
    path("people/<str:person>/data", views.data, name="person_data"),
    path("people/<str:person>/data.json", views.download, name="person_data_file"),
    path("people/<str:person>/data/erase", views.erase, name="person_erase"),
]
