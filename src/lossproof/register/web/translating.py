"""English sentences of the rooms below, in the language of the page.

Those rooms know no languages: a sentence comes as it stands in the catalogue, or filled with values. Filled ones are found again by
the patterns of `locale/sentences.json` (made from the code by tools/messages.py), the one with the most words of its own first; then
the values are put into the translated pattern, translated themselves where they are words of the catalogue. What is in no catalogue,
such as what people typed, stays as it is. In English nothing is done at all.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import translation
from django.utils.translation import gettext

LOCALE = Path(__file__).resolve().parents[1] / "locale"
ENGLISH = "en"
_HOLDER = re.compile(r"%\((\w+)\)s")
JOINERS = ("; ", ", and ", ", ", " and ", " or ")
"""What stands between words or sentences that the rooms below join."""
_SENTENCES, _WORDS = re.compile("(; )"), re.compile("(, and |, | and | or )")
_MOST_KEPT = 4096


class _Pattern(NamedTuple):
    message: str
    finds: re.Pattern[str]


def translated(text: str) -> str:
    """A sentence of the rooms below, or several one after another, in the language of the page; unknown ones as they are."""
    return text if in_english() else _in(translation.get_language(), text)


def in_english() -> bool:
    """Whether the page is in English, as the code is written."""
    return (translation.get_language() or ENGLISH).partition("-")[0] == ENGLISH


def language() -> str:
    """The language of the page as HTML writes it: `en-GB`."""
    first, *more = (translation.get_language() or ENGLISH).split("-")
    return "-".join([first, *(part.title() if len(part) > 2 else part.upper() for part in more)])


def languages() -> list[tuple[str, str]]:
    """(code, what its speakers call it) of each language that a person may choose."""
    return list(settings.LANGUAGES)


def compiled_languages(folder: Path) -> list[tuple[str, str]]:
    """(code, what its speakers call it) of each language that stands compiled in the folder. English needs no file."""
    codes = sorted(
        translation.to_language(file.parts[-3])
        for file in folder.glob("*/LC_MESSAGES/django.mo")
        if file.parts[-3].partition("_")[0] != ENGLISH
    )
    return [(code, str(LANG_INFO.get(code, {}).get("name_local", code))) for code in codes]


@lru_cache(maxsize=_MOST_KEPT)
def _in(language: str, text: str) -> str:
    """The text in the language that is active; what is kept is kept by its name."""
    found = _whole(text)
    if found is not None:
        return found
    sentences = re.split(r"(?<=[.?!]) (?=[A-Z])", text)
    return " ".join(_whole(one) or one for one in sentences) if len(sentences) > 1 else text


def _whole(text: str) -> str | None:
    """One sentence, or several that are joined; None where no catalogue has them."""
    said = gettext(text)
    if said != text or not text:
        return said
    return _joined(_SENTENCES, text) or _filled(text) or _joined(_WORDS, text)


def _filled(text: str) -> str | None:
    """A sentence with values in it."""
    for pattern in _patterns():
        found = pattern.finds.fullmatch(text)
        if found is not None:
            values = {name: _whole(value) or value for name, value in found.groupdict().items()}
            return gettext(pattern.message) % values
    return None


def _joined(between: re.Pattern[str], text: str) -> str | None:
    """Sentences or words that are joined, where the catalogue has each of them."""
    parts = between.split(text)
    if len(parts) == 1:
        return None
    said = [gettext(part) if place % 2 else _whole(part) for place, part in enumerate(parts)]
    return None if None in said else "".join(one or "" for one in said)


@cache
def _patterns() -> tuple[_Pattern, ...]:
    """What finds filled sentences again, those with the most words of their own first."""
    messages: list[str] = json.loads((LOCALE / "sentences.json").read_text(encoding="utf-8"))
    messages.sort(key=lambda one: (-len(_HOLDER.sub("", one)), one))
    return tuple(_Pattern(one, re.compile(_expression(one), re.DOTALL)) for one in messages)


def _expression(message: str) -> str:
    parts = _HOLDER.split(message)
    return "".join(
        f"(?P<{part}>.+?)" if place % 2 else re.escape(part.replace("%%", "%")) for place, part in enumerate(parts)
    )
