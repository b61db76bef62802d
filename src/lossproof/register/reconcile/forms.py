"""What people type when they reconcile."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lossproof.ledger.erasable import MOST_CHARACTERS

DAYS = 90


class UnseenForm(forms.Form):
    """How long nobody may have checked a device."""

    days = forms.IntegerField(
        label=_("Not checked for how many days?"),
        min_value=1,
        max_value=3650,
        initial=DAYS,
        error_messages={
            "required": _("Enter a number of days"),
            "invalid": _("Enter a number of days, such as 90"),
            "min_value": _("Enter 1 day or more"),
            "max_value": _("Enter 3650 days or fewer"),
        },
        widget=forms.NumberInput(attrs={"classes": "govuk-input--width-4"}),
    )


class OtherForm(forms.Form):
    """Which device a record is, by what people call that."""

    other = forms.CharField(
        label=_("Which device is it?"),
        max_length=MOST_CHARACTERS,
        help_text=_("Its asset tag, its serial number, or the id on its label."),
        error_messages={"required": _("Enter an asset tag, a serial number or an id")},
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-20", "spellcheck": "false"}),
    )


class MergeForm(forms.Form):
    """Which of two records stays."""

    keep = forms.ChoiceField(
        label=_("Which record stays?"),
        error_messages={"required": _("Select the record that stays")},
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, records: list[tuple[str, str]], hints: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["keep"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = records
        field.widget.attrs["hints"] = hints
