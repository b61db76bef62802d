"""What must never get into a log that cannot forget, made up: names, numbers that identify, birth dates, paths, free text."""

from __future__ import annotations

NAMES = [
    "Ann Smith",
    "smith",
    "ann_smith",
    "ann",
    "O'Brien",
    "SMITH, Ann",
    "Zoë Ödegård",
    "\u674e\u96f7",
    "other smith",
]
NUMBERS_AS_TEXT = [
    "4434765914", "443 476 5914", "443-476-5914", "AB123456C", "AB 12 34 56 C", "ab123456c", "2009/0123456X", "09/123456X",
    "123456/99A", "SF39/123456A", "A1234BC", "a1234bc", "07700 900123", "+447700900123", "(01632) 960 001", "ann@example.org",
    "SW1A 1AA", "sw1a1aa", "533401372", "SMITH801120A99XX", "GB29NWBK60161331926819", "GB29 NWBK 6016 1331 9268 19",
    "4111111111111111", "4111 1111 1111 1111", "60-16-13 31926819", "6016133192", "31926819", "1234567890", "0101501237",
]  # fmt: skip
BIRTH_DATES = [
    "12/03/1980", "1980-03-12", "12 March 1980", "12.03.80", "12MAR1980", "19800312", "12031980", "1980-03-12T00:00:00Z",
    "1980-03-12T00:00:00.000Z", "2019-12-31T00:00:00Z", "1980-W11-3",
]  # fmt: skip
WORDS = [
    "/media/ann/letters.docx", "C:\\Documents\\Ann Smith.docx", "..\\ann", "ann.jpg", "Ann was admitted on Tuesday.", "health record",
    "", " ", "\0", "a\nb", "luks2\n", "luks2 ", "\u202eluks2", "\ud800", "\u0661" * 32, "0x" + "ab" * 15, "AB" * 16, "g" * 64, "a" * 4096,
]  # fmt: skip
TEXTS = [*NAMES, *NUMBERS_AS_TEXT, *BIRTH_DATES, *WORDS]

IDENTIFYING_NUMBERS = [
    4_434_765_914,
    9_434_765_919,
    4_111_111_111_111_111,
    447_700_900_123,
    60_161_331_926_819,
    7_700_900_123,
    1 << 200,
]
"""Ten digits and more: no whole number of sectors, as one in 512 is by chance."""
SHORT_NUMBERS = [19_800_312, 12_031_980, 31_926_819, 533_401_372, 101_501_237]
"""Dates, an account and a passport number, a CHI number without its zero. A leaf's index can be as large."""
NO_NUMBERS = [-1, 1.5, float("nan"), float("inf"), -0.5]

NESTED = [{"name": "Ann Smith"}, ["Ann Smith"], {}, {"Ann Smith": 1}, [["smith"]], {"luks2": {"ann": "smith"}}]
NOT_IN_JSON = [b"Ann Smith", object(), ("Ann Smith",), frozenset({"smith"}), 4_434_765_914j]
