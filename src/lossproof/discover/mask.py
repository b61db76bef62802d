"""Shows that an identifier is there without showing it.

A mask keeps at most the last two characters of a value; of an e-mail address the first letter and the last label of the
domain; of a date and a postcode nothing, because a part of them already narrows down who it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lossproof.discover import engine
from lossproof.discover.runs import normalise

_KEPT = {"date_of_birth": 0, "postcode": 0, "email": 0}
_KEPT_OTHERWISE = 2
_BIRTH = re.compile(r"d\.?o\.?b|born|birth", re.IGNORECASE)
# What stands between words in a file's name, as spaces; the second table takes what else may stand inside a number.
_NAME_SEPARATORS = str.maketrans("_/\\+=", "     ")
_ALL_SEPARATORS = str.maketrans("_/\\+=.-", "       ")


def mask(kind: str, value: str) -> str:
    """The canonical value of an identifier with every letter and digit starred but those that a mask keeps."""
    if kind == "email":
        local, _, domain = value.partition("@")
        return f"{local[:1]}***@***.{domain.rpartition('.')[2]}"
    hidden = len(value) - _KEPT.get(kind, _KEPT_OTHERWISE)
    return "".join("*" if at < hidden and c.isalnum() else c for at, c in enumerate(value))


def mask_text(text: str) -> str:
    """A short text, such as a path, with every identifier in it masked; as long as it was."""
    return mask_texts([text])[0]


def mask_texts(texts: Sequence[str]) -> list[str]:
    """Short texts, such as paths, with every identifier in them masked; each as long as it was.

    What may be an identifier is masked even where nothing says that it is one, also between underscores or letters, as in
    file names. A date is masked only where a word of birth stands in the text: most dates in paths are those of the file.
    """
    numbers = [at for at, text in enumerate(texts) if any(c.isdecimal() or c == "@" for c in normalise(text))]
    forms = [form for at in numbers for form in _forms(texts[at])]
    whole = "\n".join(forms)
    starred = {at: list(texts[at]) for at in numbers}
    owners = [at for at in numbers for _ in range(_FORMS)]
    form, begin = 0, 0
    for hit in engine.find(whole):
        while hit.start > begin + len(forms[form]):
            begin += len(forms[form]) + 1
            form += 1
        at = owners[form]
        if hit.end <= begin + len(forms[form]) and (hit.kind != "date_of_birth" or _BIRTH.search(texts[at])):
            for position in range(hit.start - begin, hit.end - begin - _KEPT.get(hit.kind, _KEPT_OTHERWISE)):
                if texts[at][position].isalnum():
                    starred[at][position] = "*"
    return ["".join(starred[at]) if at in starred else text for at, text in enumerate(texts)]


_FORMS = 5


def _forms(text: str) -> tuple[str, str, str, str, str]:
    """A text in the ways that an identifier may stand in a file's name, each as long as it is, on one line."""
    plain = normalise(text).replace("\n", " ")
    digits = "".join(c if c.isdecimal() or c in " -." else " " for c in plain)
    stem, dot, suffix = plain.rpartition(".")
    alone = f"{stem} {suffix}" if dot else plain  # an address right before the suffix would end in it
    return plain, alone, plain.translate(_NAME_SEPARATORS), plain.translate(_ALL_SEPARATORS), digits
