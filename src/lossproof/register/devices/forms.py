"""What people type about devices."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lossproof.ledger.erasable import MOST_CHARACTERS
from lossproof.model.fact import Relation
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.standing import Standing
from lossproof.register.devices.words import EXEMPTIONS, KINDS, OUTCOMES, STANDINGS, STATES, choices
from lossproof.register.web.moment_field import MomentField

ANY = ("", _("Any"))
_FIRST_YEAR = 2000
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")

OWNERS = frozenset({Relation.CONTROLLER, Relation.PROCESSOR})
"""What organisations have devices."""


class FilterForm(forms.Form):
    """Which devices a list shows."""

    q = forms.CharField(
        label=_("Asset tag, serial number or id"),
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-20", "spellcheck": "false"}),
    )
    standing = forms.ChoiceField(label=_("Standing"), required=False, choices=[ANY, *choices(STANDINGS)])
    compliant = forms.ChoiceField(
        label=_("Keeps to the rules"), required=False, choices=[ANY, ("no", _("No")), ("yes", _("Yes"))]
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *choices(KINDS)])
    custody = forms.ChoiceField(label=_("Where it is"), required=False, choices=[ANY, *choices(STATES)])
    organisation = forms.ChoiceField(label=_("Organisation"), required=False)
    holder = forms.CharField(
        label=_("Who has it"),
        required=False,
        max_length=254,
        help_text=_("Their whole name, or their e-mail address."),
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-20"}),
    )
    ended = forms.BooleanField(label=_("Only devices that are no longer registered"), required=False)

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named(self, "organisation").choices = [ANY, *organisations]

    def wanted_standing(self) -> Standing | None:
        """The standing that was chosen."""
        chosen = self.cleaned_data.get("standing")
        return Standing(chosen) if chosen else None


class DeviceForm(forms.Form):
    """A device that is registered by hand."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=choices(KINDS),
        error_messages={"required": _("Select what it is")},
        widget=forms.RadioSelect,
    )
    asset_tag = forms.CharField(
        label=_("Asset tag"),
        required=False,
        max_length=100,
        help_text=_("What your label on it says."),
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-20", "spellcheck": "false"}),
    )
    serial = forms.CharField(
        label=_("Serial number"),
        required=False,
        max_length=100,
        help_text=_("What its maker put on it. A check that sees this number knows that it is this device."),
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-20", "spellcheck": "false"}),
    )
    organisation = forms.ChoiceField(label=_("Whose is it?"))
    here = forms.BooleanField(
        label=_("It is here, in stock"),
        required=False,
        initial=True,
        help_text=_("Take the tick away where somebody has it already, and have it shown to you soon."),
    )

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named(self, "organisation").choices = organisations

    def clean(self) -> dict[str, Any]:
        """One name at least, by which people can tell it."""
        found = super().clean() or {}
        if not found.get("asset_tag") and not found.get("serial") and self.is_new():
            self.add_error("asset_tag", _("Enter an asset tag or a serial number, so that people can tell it"))
        return found

    def is_new(self) -> bool:
        """Whether the device has no name yet."""
        return True

    def device_kind(self) -> DeviceKind:
        """The kind that was chosen."""
        return DeviceKind(self.cleaned_data["kind"])


class ChangeForm(DeviceForm):
    """What can be changed of a device, as it was when the page was opened."""

    leaf = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["here"]
        self.fields["asset_tag"].label = _("Another asset tag")
        self.fields["serial"].label = _("Another serial number")
        self.fields["serial"].help_text = ""
        self.fields["asset_tag"].help_text = _("What it is called already stays.")

    def is_new(self) -> bool:
        """It has its names."""
        return False


class AnswerForm(forms.Form):
    """IT's answer to a request."""

    outcome = forms.ChoiceField(
        label=_("What came of it?"),
        choices=choices(OUTCOMES),
        error_messages={"required": _("Select what came of it")},
        widget=forms.RadioSelect,
    )


class DayInput(forms.DateInput):
    """A date, as browsers let people choose it."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
        self.attrs = {"type": "date", "classes": "govuk-input--width-10"}

    def format_value(self, value: Any) -> str | None:
        """As browsers want it; what is no date is not shown again."""
        shown = super().format_value(value)
        return shown if shown is None or _DAY.fullmatch(shown) else ""


class AllowForm(forms.Form):
    """An exception: who may get the device without fresh proof, why, and until when."""

    organisation = forms.ChoiceField(label=_("It may be handed to people of"))
    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=choices(EXEMPTIONS),
        error_messages={"required": _("Select why")},
        widget=forms.RadioSelect,
    )
    until = forms.DateField(
        label=_("Until the end of"),
        help_text=_("At most 30 days from today."),
        error_messages={"required": _("Enter a date"), "invalid": _("Enter a date, such as 2026-11-30")},
        widget=DayInput(),
    )

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named(self, "organisation").choices = organisations


class MomentInput(forms.DateTimeInput):
    """A date and a time, as browsers let people choose them. Where they do not, it is typed: 2026-11-03T09:00."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")
        # Django takes the type of an input out of its attributes; `gov_field` looks for it there.
        self.attrs = {"type": "datetime-local", "classes": "lossproof-input--moment"}

    def format_value(self, value: Any) -> str | None:
        """As browsers want it; what is no time is not shown again, and the error says so."""
        shown = super().format_value(value)
        return shown if shown is None or _MOMENT.fullmatch(shown) else ""


class AsOfForm(forms.Form):
    """A past time, and what had to be known by when."""

    at = MomentField(
        label=_("How it was at"),
        required=False,
        error_messages={"invalid": _("Enter a date and time, such as 2026-11-03T09:00")},
        widget=MomentInput(),
    )
    known = MomentField(
        label=_("As known at"),
        required=False,
        help_text=_("Leave it empty for all that is known today."),
        error_messages={"invalid": _("Enter a date and time, such as 2026-11-03T09:00")},
        widget=MomentInput(),
    )
    position = forms.IntegerField(required=False, min_value=0, max_value=100, widget=forms.HiddenInput)

    def clean_at(self) -> datetime | None:
        """The time, of this century."""
        return self._of_this_century("at")

    def clean_known(self) -> datetime | None:
        """The time, of this century."""
        return self._of_this_century("known")

    def _of_this_century(self, name: str) -> datetime | None:
        found: datetime | None = self.cleaned_data.get(name)
        if found is not None and not _FIRST_YEAR <= found.astimezone(UTC).year < _FIRST_YEAR + 100:
            raise forms.ValidationError(_("Enter a date of this century"))
        return found


def named(form: forms.Form, name: str) -> forms.ChoiceField:
    """A field of choices, by its name."""
    found = form.fields[name]
    assert isinstance(found, forms.ChoiceField)  # noqa: S101  for the type checker
    return found
