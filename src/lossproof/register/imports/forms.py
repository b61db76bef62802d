"""What people choose in an import."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lossproof.errors import FormatError
from lossproof.model.facts.registration import DeviceKind
from lossproof.register.devices.words import KINDS
from lossproof.register.web.numbers import Grouped
from lossproof.wire.asset_list import Field, Mapping, guess_mapping
from lossproof.wire.table import Table, bare

MOST_BYTES = 50 << 20
_SHOWN = 60

COLUMN_WORDS = {
    Field.ASSET_TAG: _("Asset tag"),
    Field.SERIAL: _("Serial number"),
    Field.KIND: _("Kind of device"),
    Field.HOLDER: _("E-mail address of who has it"),
    Field.ORGANISATION: _("Organisation"),
    Field.STATUS: _("Status"),
}
_HINTS = {
    Field.ORGANISATION: _("Its name in the register. Without such a column, every device is ours."),
    Field.STATUS: _("Such as in stock, in use, missing or destroyed."),
}


class UploadForm(forms.Form):
    """A file."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("At most 50 MB. It is deleted when the import ends."),
        error_messages={"required": _("Select a file"), "empty": _("The file is empty")},
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods,.json"}),
    )

    def clean_file(self) -> UploadedFile:
        """A file of a size that is taken."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                _("The file must be smaller than %(most)s"), params={"most": filesizeformat(MOST_BYTES)}
            )
        return file


class _Choice(forms.ChoiceField):
    """A choice of which the empty one is as good as any."""

    def validate(self, value: Any) -> None:
        """Nothing, or one of the choices."""
        if value:
            super().validate(value)


class ColumnsForm(forms.Form):
    """Which column is what. A choice is the place of the column, counting from 0."""

    def __init__(self, *args: Any, headings: list[str], found: Mapping | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._headings = headings
        columns = [(str(at), shortened(heading)) for at, heading in enumerate(headings) if bare(heading)]
        places = {bare(heading): str(at) for at, heading in reversed(list(enumerate(headings)))}
        for one in Field:
            known = None if found is None else found.columns.get(one)
            self.fields[one.value] = _Choice(
                label=COLUMN_WORDS[one],
                choices=[("", _("No column")), *columns],
                initial="" if known is None else places.get(bare(known), ""),
                help_text=_HINTS.get(one, ""),
                error_messages={"invalid_choice": _("Select a column of this file")},
                widget=forms.Select(attrs={"autocomplete": "off"}),
            )
        self.fields["with_custody"] = forms.BooleanField(
            label=_("Record who has each device, and its status, as the list says"),
            required=False,
            help_text=_(
                "It is recorded under your name, by hand, and no receipt is asked for. It proves nothing about encryption."
            ),
        )
        self.fields["save_as"] = forms.CharField(
            label=_("Keep this choice of columns under a name, for the next file of this kind"),
            required=False,
            max_length=60,
            widget=forms.TextInput(attrs={"classes": "govuk-input--width-20", "autocomplete": "off"}),
        )

    def clean(self) -> dict[str, Any]:
        """Columns that name devices, each one thing only."""
        cleaned: dict[str, Any] = super().clean() or {}
        taken: dict[str, str] = {}
        for one in Field:
            place = cleaned.get(one.value)
            if place and taken.setdefault(place, one.value) != one.value:
                self.add_error(one.value, _("This column is chosen twice"))
        if not self.errors and not (cleaned.get(Field.ASSET_TAG.value) or cleaned.get(Field.SERIAL.value)):
            self.add_error(
                Field.ASSET_TAG.value,
                _("Select the column with asset tags or the one with serial numbers: something must name a device"),
            )
        return cleaned

    def mapping(self, kinds: dict[str, DeviceKind]) -> Mapping:
        """The choice, with words for kinds that were told before."""
        columns = {one: self._headings[int(place)] for one in Field if (place := self.cleaned_data[one.value])}
        return Mapping(columns=columns, kinds=kinds)


class WordsForm(forms.Form):
    """What words for kinds mean that are not known. `words` are (word, how many rows)."""

    def __init__(self, *args: Any, words: list[tuple[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._words = words
        choices = [("", _("Leave these rows out")), *((kind.value, KINDS[kind]) for kind in DeviceKind)]
        for at, (word, count) in enumerate(words):
            self.fields[f"word_{at}"] = _Choice(
                label=ngettext("%(word)s (%(count)s row)", "%(word)s (%(count)s rows)", count)
                % {"word": word, "count": Grouped(count)},
                choices=choices,
            )

    def kinds(self) -> dict[str, DeviceKind]:
        """The words that were given a meaning."""
        chosen = ((word, self.cleaned_data[f"word_{at}"]) for at, (word, _count) in enumerate(self._words))
        return {word: DeviceKind(kind) for word, kind in chosen if kind}


class ReportForm(forms.Form):
    """When a report was made that does not say it."""

    day = forms.DateField(
        label=_("On which day was the report made?"),
        help_text=_(
            "It does not say when each device was seen. Evidence is as old as the look was, so an old report must not look new."
        ),
        error_messages={"required": _("Enter the day"), "invalid": _("Enter a day")},
        widget=forms.DateInput(attrs={"classes": "govuk-input--width-10"}, format="%Y-%m-%d"),
    )

    def clean_day(self) -> date:
        """Not a day that is still to come, and none before there were such reports."""
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate() or day.year < 2020:
            raise forms.ValidationError(_("Enter today or an earlier day, from 2020 on"))
        return day

    def made_at(self) -> datetime:
        """The beginning of that day: rather too old than too new."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], time())).astimezone(UTC)


def shortened(text: str) -> str:
    """A heading as a page shows it."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def guessed(headings: list[str]) -> Mapping | None:
    """What the headings suggest, None where they suggest nothing."""
    try:
        return guess_mapping(Table(tuple(headings), [], 1))
    except FormatError:
        return None
