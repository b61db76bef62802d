"""What people type to change rules: figures, or the whole text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lossproof.model.fact import Grade
from lossproof.policy.predicates.values import span as span_seconds
from lossproof.policy.predicates.values import span_words
from lossproof.policy.rules import MOST_BYTES
from lossproof.register.devices.words import GRADES
from lossproof.register.rules.editing import LEVEL, Figure, figures, span_of
from lossproof.register.web.translating import translated

LABELS = {
    "max_age": _("How old a check may be"),
    "fresh": _("How old a check may be when a device is handed over"),
    "contents_max_age": _("How old the count of people may be"),
    "sighted_within": _("How long a device may go without anybody seeing it"),
    "offered_at_most": _("How long an offer may stay unanswered"),
    "held_at_most": _("How long a device may stay with one person"),
    "quarantined_at_most": _("How long a found device may wait to be examined"),
    LEVEL: _("How good the evidence must be, at least"),
}
# Translators: times are typed in English, or as 31d and 24h.
_EXAMPLE = _("Such as 31 days, or 24 hours")


class FiguresForm(forms.Form):
    """The figures of a text of rules, grouped by rule. `base` is that text, `version` the number of the newest rules."""

    base = forms.CharField(widget=forms.HiddenInput, strip=False, max_length=MOST_BYTES)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._figures = figures(text)
        for one in self._figures:
            self.fields[one.key] = _field(one)

    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """The title of each rule that has figures, with their fields."""
        for place in sorted({one.place for one in self._figures}):
            here = [one for one in self._figures if one.place == place]
            yield translated(here[0].rule.title), [self[one.key] for one in here]

    def wanted(self) -> dict[str, str]:
        """The figures as rules write them."""
        return {one.key: self._wanted(one) for one in self._figures}

    def _wanted(self, figure: Figure) -> str:
        said = str(self.cleaned_data[figure.key])
        if figure.name == LEVEL:
            kept = figure.text.removeprefix(">=")
            return figure.text if said == kept else f">={said}"
        span = span_of(said) or ""
        # The same time in other words is no change.
        return figure.text if span_seconds(span) == span_seconds(figure.text) else span


class TextForm(forms.Form):
    """The whole text of the rules."""

    text = forms.CharField(
        label=_("The rules as TOML"),
        strip=False,
        max_length=MOST_BYTES,
        error_messages={"required": _("Enter rules")},
        widget=forms.Textarea(attrs={"rows": 25, "spellcheck": "false", "classes": "lossproof-code"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def clean_text(self) -> str:
        """The text with the line ends of this system: browsers send others."""
        return with_plain_lines(self.cleaned_data["text"])


class AdoptForm(forms.Form):
    """From when on. The text is that of the preview."""

    text = forms.CharField(widget=forms.HiddenInput, strip=False, max_length=MOST_BYTES)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    day = forms.DateField(
        label=_("From which day?"),
        required=False,
        help_text=_("Leave it empty and they hold at once."),
        error_messages={"invalid": _("Enter a day")},
        widget=forms.DateInput(attrs={"classes": "govuk-input--width-10"}, format="%Y-%m-%d"),
    )

    def clean_text(self) -> str:
        """The text with the line ends of this system."""
        return with_plain_lines(self.cleaned_data["text"])

    def clean_day(self) -> date | None:
        """A day that is not past."""
        day: date | None = self.cleaned_data["day"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("Enter today or a later day"))
        return day

    def effective_at(self) -> datetime | None:
        """When that day begins here; None for at once, and for today."""
        day: date | None = self.cleaned_data["day"]
        if day is None or day <= timezone.localdate():
            return None
        return timezone.make_aware(datetime.combine(day, time())).astimezone(UTC)


def with_plain_lines(text: str) -> str:
    """A text as it was before a browser sent it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _field(figure: Figure) -> forms.Field:
    if figure.name == LEVEL:
        return forms.ChoiceField(
            label=LABELS[LEVEL],
            choices=[(one.value, GRADES[one]) for one in Grade],
            initial=figure.text.removeprefix(">="),
            widget=forms.Select,
        )
    return _SpanField(
        label=LABELS[figure.name],
        initial=span_words(span_seconds(figure.text)),
        help_text=_EXAMPLE,
        max_length=30,
        error_messages={"required": _("Enter a time, such as 31 days")},
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-10", "autocomplete": "off"}),
    )


class _SpanField(forms.CharField):
    """A span of time in words."""

    def validate(self, value: Any) -> None:
        """Days or hours."""
        super().validate(value)
        if span_of(value) is None:
            raise forms.ValidationError(_("Enter a time in days or hours, such as 31 days"))
