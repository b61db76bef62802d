"""International bank account number (ISO 13616): country, two check digits modulo 97, and the country's own number.

Lengths are those of the SWIFT registry for Europe and the countries that most send money here. Groups may be spaced. Left
out: the national check digits inside, and lower case.

>>> validate("GB82 WEST 1234 5698 7654 32")
'GB82WEST12345698765432'
>>> validate("GB82WEST12345698765433")
Traceback (most recent call last):
lossproof.errors.FormatError: not an IBAN: wrong check digits
"""

from __future__ import annotations

import re

import numpy as np

from lossproof.discover.runs import LEFT, RIGHT, Runs, Spans, compact
from lossproof.errors import FormatError

NAME = "iban"
SOURCE = "ISO 13616-1 (modulo 97: ISO/IEC 7064); SWIFT IBAN registry for the lengths"
CATEGORY: str | None = None
# Joint and business accounts have one too.
STRONG = False
# Length by country and two check digits: one chance string in a hundred of an already rare shape.
ALONE = True
YIELDS_TO: tuple[str, ...] = ()
CONTEXT = ("iban", "bank", "account", "bic", "swift")
HEADERS = (
    "iban", "iban no", "iban num", "iban number", "ibannumber", "bank iban", "account iban", "international bank account number",
    "iban account", "iban code",
)  # fmt: skip

_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22,
    "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22,
    "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30,
    "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27,
    "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
PATTERN = re.compile(
    LEFT
    + "(?:"
    + "|".join(f"{country}[0-9]{{2}}(?: ?[A-Z0-9]){{{length - 4}}}" for country, length in _LENGTHS.items())
    + ")"
    + RIGHT
)

_COUNTRIES = np.array(sorted(ord(country[0]) << 8 | ord(country[1]) for country in _LENGTHS))


def candidates(runs: Runs) -> Spans:
    """Spans of a country's length; the check digits are left to `validate`."""
    starts = runs.starts[runs.lengths >= 2] - 2
    starts = starts[runs.letter(starts) & ~runs.word(starts - 1)]
    country = runs.bytes[starts].astype(np.int64) << 8 | runs.bytes[starts + 1]
    return runs.match(PATTERN, starts[np.isin(country, _COUNTRIES)])


def validate(text: str) -> str:
    """The number without spaces, or `FormatError`."""
    value = compact(text, " -")
    if re.fullmatch("[A-Z]{2}[0-9]{2}[A-Z0-9]+", value) is None or _LENGTHS.get(value[:2]) != len(value):
        raise FormatError("not an IBAN: wrong country or length")
    if int("".join(str(int(character, 36)) for character in value[4:] + value[:4])) % 97 != 1:
        raise FormatError("not an IBAN: wrong check digits")
    return value
