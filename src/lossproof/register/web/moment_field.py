"""A date and time that somebody enters, in the register's time zone, on the days too when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _


class MomentField(forms.DateTimeField):
    """Of an hour that came twice, the first; an hour that was left out is refused, and the refusal says why."""

    def to_python(self, value: Any) -> datetime | None:
        """The aware time, or None."""
        try:
            return super().to_python(value)
        except ValidationError as error:
            if error.code != "ambiguous_timezone" or error.params is None:
                raise
            entered: datetime = error.params["datetime"]
        zone = timezone.get_current_timezone()
        first = entered.replace(tzinfo=zone, fold=0)
        if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != entered:
            raise ValidationError(_("There was no such time: the clocks went forward then. Enter an hour later."))
        return first
