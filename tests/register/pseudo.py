"""A language that nobody speaks: every message of the catalogue in wide letters, its places for values kept. Whatever stands on a
page in letters of ASCII came past the catalogue, and nobody can translate it; or it is data."""

from __future__ import annotations

import io
import re
import string
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import messages

CODE = "ia"
"""A code that browsers take for a language; those for private use they do not."""

_WIDE = {letter: chr(ord(letter) + 0xFEE0) for letter in string.ascii_letters}
_PLAIN = str.maketrans({there: here for here, there in _WIDE.items()})
_KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|<[^>]*>|\{\w*\}|`[^`]*`)")
"""Places for values, marks and commands in a message."""
_SPOKEN = ("aria-label", "alt", "title", "placeholder", "data-heading", "aria-description", "label")
"""Attributes that are read out or shown, and those whose names begin with `data-i18n`."""
_SILENT = frozenset({"script", "style", "code", "textarea"})
_VOID = frozenset({"br", "circle", "hr", "img", "input", "line", "link", "meta", "path", "rect", "use", "wbr"})


def wide(message: str) -> str:
    """A message in this language."""
    return "".join(
        part if place % 2 else part.translate(str.maketrans(_WIDE)) for place, part in enumerate(_KEPT.split(message))
    )


@cache
def _compiled() -> bytes:
    """The catalogue with that of Django and allauth, whose sentences the pages show too, as gettext reads it."""
    made = Catalog(locale="en", charset="utf-8")
    for found in (messages.catalogue(), *_of_libraries()):
        for one in found:
            if one.id:
                made.add(one.id, _said(one.id), context=one.context)
    written = io.BytesIO()
    write_mo(written, made)
    return written.getvalue()


def _said(message: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return wide(message) if isinstance(message, str) else tuple(wide(one) for one in message)


def _of_libraries() -> Iterator[Catalog]:
    import allauth
    import django

    roots = {Path(django.__file__).parent: "en", Path(allauth.__file__).parent: "de"}
    for root, code in roots.items():
        for file in sorted(root.rglob(f"locale/{code}/LC_MESSAGES/django.po")):
            with file.open("rb") as opened:
                yield read_po(opened)


@contextmanager
def spoken(folder: Path) -> Iterator[None]:
    """The one Django of this process knows the language, beside English."""
    from django.conf import settings
    from django.test import override_settings

    home = folder / "locale" / CODE / "LC_MESSAGES"
    home.mkdir(parents=True)
    (home / "django.mo").write_bytes(_compiled())
    with override_settings(LANGUAGES=[*settings.LANGUAGES, (CODE, "Pseudo")], LOCALE_PATHS=[folder / "locale"]):
        yield


class Shown(HTMLParser):
    """What a page says: each text, and each attribute that is read out or shown. What is marked `translate="no"` is data, and so is
    code."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.language = ""
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "html":
            self.language = given.get("lang", "")
        silent = tag in _SILENT or given.get("translate") == "no" or self._is_silent()
        if tag not in _VOID:
            self._open.append((tag, silent))
        if not silent:
            self.texts += [
                value for name, value in given.items() if (name in _SPOKEN or name.startswith("data-i18n")) and value
            ]

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_silent():
            self.texts.append(" ".join(data.split()))

    def _is_silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def shown(page: str) -> Shown:
    """What a page says."""
    found = Shown()
    found.feed(page)
    return found


def untranslated(text: str, data: re.Pattern[str]) -> str:
    """What in a text is neither of this language nor data, with the text in plain letters; empty, one hopes."""
    left = re.findall(r"[A-Za-z][A-Za-z_]+", data.sub(" ", text))
    return f"{' '.join(left)} | {text.translate(_PLAIN)}" if left else ""
