"""Django's forms as GOV.UK's components, with whatever people type in them."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EVIL = "<script>alert('x')</script>\"'&{{ 7*7 }}"


@pytest.fixture
def form_class(site):
    from django import forms

    class Every(forms.Form):
        name = forms.CharField(
            label="Name", help_text="As on the badge", widget=forms.TextInput(attrs={"autocomplete": "name"})
        )
        note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
        kind = forms.ChoiceField(label="Kind", choices=[("stick", "Stick"), ("disc", "Disc")])
        how = forms.ChoiceField(
            label="How", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect(attrs={"hints": {"a": "The first"}})
        )
        which = forms.MultipleChoiceField(
            label="Which", choices=[("x", "X"), ("y", "Y")], widget=forms.CheckboxSelectMultiple, required=False
        )
        sure = forms.BooleanField(label="I am sure")
        secret = forms.CharField(label="Secret", widget=forms.PasswordInput)
        count = forms.IntegerField(label="Count", required=False)
        mail = forms.EmailField(label="E-mail", required=False)
        file = forms.FileField(label="File", required=False)
        version = forms.IntegerField(widget=forms.HiddenInput, initial=3)

    return Every


def drawn(form) -> str:
    from django.template import engines

    template = engines["jinja2"].from_string(
        '{% from "web/forms.html" import error_summary, form_of with context %}{{ error_summary(form) }}{{ form_of(form, "Save") }}'
    )
    return template.render({"form": form})


def test_every_field_has_its_component_label_and_hint(form_class):
    text = drawn(form_class())
    for part in (
        *('class="govuk-input"', 'autocomplete="name"', "As on the badge", 'class="govuk-textarea"', 'rows="3"'),
        *("Note (optional)", 'class="govuk-select"', 'type="radio"', "The first", 'type="checkbox"'),
        *('type="password"', 'inputmode="numeric"', 'type="email"', 'type="file"', 'enctype="multipart/form-data"'),
        *('type="hidden" name="version" value="3"', "novalidate", "govuk-button"),
    ):
        assert part in text, part
    labels = set(re.findall(r'for="(id_[a-z_]+)', text))
    assert {"id_name", "id_note", "id_kind", "id_secret", "id_count", "id_mail", "id_file"} <= labels
    assert "error-summary" not in text


def test_errors_are_listed_and_linked_and_what_was_typed_stays(form_class):
    form = form_class({"name": "", "note": EVIL, "how": "b", "which": ["y"], "secret": "hidden", "mail": "x"})
    assert not form.is_valid()
    text = drawn(form)
    assert "There is a problem" in text
    for target in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{target}"' in text, target
    assert text.count("govuk-error-message") >= 4
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert 'value="hidden"' not in text
    assert re.search(r'value="b"[^>]*checked', text) and re.search(r'value="y"[^>]*checked', text)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_whatever_is_typed_is_text(form_class, typed):
    text = drawn(form_class({"name": typed}))
    inside = re.search(r'name="name"[^>]*value="([^"]*)"', text)
    assert "<script" not in text
    assert inside is None or "<" not in inside[1]


def test_times_are_shown_as_people_say_them(site):
    from datetime import UTC, datetime

    from lossproof.register.web.times import ago_text, day_text, moment_text

    at = datetime(2026, 7, 3, 13, 5, tzinfo=UTC)
    assert moment_text(at) == moment_text("2026-07-03T13:05:00Z") == moment_text(at.timestamp()) == "3 July 2026, 14:05"
    assert day_text(at) == "3 July 2026"
    assert moment_text(None) == ago_text(None) == day_text("") == ""
    assert ago_text(at, datetime(2026, 7, 5, 14, 5, tzinfo=UTC)) == "2 days ago"
    assert ago_text(at, datetime(2026, 7, 3, 13, 0, tzinfo=UTC)) == "in 5 minutes"
    assert ago_text(at, at) == "just now"
