"""Whole numbers as the language of the page groups their digits: `5,012`. Inside sentences as well, where templates give a number."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.formats import number_format
from jinja2 import Environment
from markupsafe import Markup


class Grouped(int):
    """A number that reads grouped, and counts as before."""

    def __str__(self) -> str:
        return number_text(int(self))


def number_text(value: int) -> str:
    """A whole number for people."""
    return number_format(value, use_l10n=True, force_grouping=True)


def speak(made: Environment) -> None:
    """Let templates speak the language of the page: `_`, `gettext` and `ngettext`, with values by name and numbers grouped."""
    made.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(gettext=_gettext, ngettext=_ngettext)
    made.filters["number"] = number_text


def _gettext(text: str, **values: Any) -> Markup:
    return _filled(translation.gettext(text), values)


def _ngettext(one: str, several: str, num: int, **values: Any) -> Markup:
    return _filled(translation.ngettext(one, several, num), {"num": num, **values})


def _filled(text: str, values: dict[str, Any]) -> Markup:
    """A catalogue is part of the program, so its marks are marks; values are text."""
    return Markup(text) % {  # noqa: S704
        name: Grouped(value) if type(value) is int else value for name, value in values.items()
    }
