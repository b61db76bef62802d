"""The slow engine that the fast one is measured against: plain regular expressions, every position, then `validate`.

It also holds the texts that both are given: identifiers in every written form among separators, neighbours and noise.
"""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from lossproof.discover import engine
from lossproof.discover.engine import Hit
from lossproof.discover.runs import normalise
from lossproof.errors import FormatError

TODAY = date(2026, 11, 23)


def _matches(kind: str, text: str) -> list[Hit]:
    found: list[Hit] = []
    furthest = -1
    pattern = engine.identifiers()[kind].PATTERN
    for position in range(len(text)):
        match = pattern.match(text, position)
        if match is None or match.end() <= furthest:
            continue
        try:
            value = engine.validate(kind, match[0], TODAY)
        except FormatError:
            continue
        found.append(Hit(kind, match.start(), match.end(), value))
        furthest = match.end()
    return found


def find(text: str) -> list[Hit]:
    """What `engine.find` must return with `TODAY`."""
    plain = normalise(text)
    found = {kind: _matches(kind, plain) for kind in engine.identifiers()}
    kept = []
    for kind, hits in found.items():
        longer = [other for name in engine.identifiers()[kind].YIELDS_TO for other in found[name]]
        for hit in hits:
            size = hit.end - hit.start
            if not any(o.start <= hit.start and hit.end <= o.end and o.end - o.start > size for o in longer):
                kept.append(hit)
    return sorted(kept, key=lambda hit: (hit.start, -hit.end, list(found).index(hit.kind)))


# Valid ones of every kind, in the forms that people and systems write. All are made up; the numbers are from published
# examples of each format or made by the check rule.
WRITTEN = (
    "4434765914", "443 476 5914", "443-476-5914", "443.476.5914", "3000000003", "600 000 0006", "9434765919", "4434765914.0",
    "1904851231", "190485 1231", "190485-1231", "0101900033", "2902201230", "3200000015", "320 000 0015", "1955839661", "19558 39661",
    "1955839661K", "AB123456C", "AB 12 34 56 C", "AB 123456 C", "ab123456c", "AB-12-34-56-C", "AB123456", "QQ123456C", "PP123456A",
    "925665416", "9256654166GBR8203121F2709117<<<<<<<<<<<<<<02", "MORGA753116SM9IJ", "MORGA 753116 SM9IJ", "FOX99761019J99AB",
    "2004/0012345D", "04/12345D", "1979/0163001B", "20040012345D", "040012345D", "265416/21G", "65656/91H", "SF05/482703J",
    "SF83/50058Z", "11/01ZD/01/448754K", "A1234BC", "G0001AA", "20-00-00 12345678", "200000,12345678", "20 00 00 12345678",
    "Sort code: 20-00-00 Account no: 12345678", "12345678 20-00-00", "200000 acc no 12345678", "GB82 WEST 1234 5698 7654 32",
    "GB82WEST12345698765432", "DE89370400440532013000", "4111 1111 1111 1111", "4111111111111111", "3782 822463 10005",
    "jo.o'brien@example.org", "JO@EXAMPLE.CO.UK", "a..b@example.org", "photo@2x.png", "<x-y@a-b.example.com>", "jo@x.com.The",
    "07700 900123", "07700900123", "+44 7700 900123", "+44 (0)161 496 0123", "(0161) 496 0123", "0161-496-0123", "00441614960123",
    "020 7946 0123", "447700900123", "0161 496 0123 ext 12", "07700 900123x5", "01204 12345", "07 700 900 123", "+44(0)1414960336",
    "SW1A 1AA", "sw1a 1aa", "SW1A1AA", "M1 1AE", "M1  1AE", "EC1A1BB", "B338TH", "CR2 6XH", "Sw1A 1aa", "QX1 1AA",
    "12/03/1980", "3/12/80", "12-03-1980", "12.03.1980", "12.03.80", "1980-03-12", "1980/3/12", "12/31/1980", "31/02/1980",
    "1980-03-12T09:10:11Z", "12 March 1980", "12th of March, 1980", "12-MAR-80", "12MAR1980", "March 12th, 1980", "Mar-12-1980",
    "12 Sept 80", "1 January 1900", "24/11/2026", "23/11/2026", "25/12/26", "1.2.10", "192.168.10.12", "10.12.1980.5",
)  # fmt: skip
NOISE = (
    "", " ", "  ", "\n", "\t", ",", ";", ".", "-", "/", ":", "_", "(", ")", "+", "'", '"', "£", "x", "A", "a", "9", "0", "44", "é", "Ł",
    "\u00a0", "\u2013", "\u2011", "\uff10", "\U0001f600", "deadbeef4434765914cafe", "v1.2.10", "550e8400-e29b-41d4-a716-446655440000",
    "10.0.12.80", "£1,234.50", "NHS No: ", "dob ", " of ", "SKU-00123", "2009-01-28 09:12:33,123", "aGVsbG8gd29ybGQ0NDM0NzY1OTE0", "T09:",
)  # fmt: skip

_ALPHABET = "0123456789012345678901234567890123456789  --//..,:()+@ABCDGSFMRTabcdgmrt_'é£\n\u00a0\u2013"
_dialled = st.tuples(
    st.sampled_from(["0", "+44", "+44 (0)", "+44(0) ", "0044", "(0)", "(0", "44", "+44 0", "+440", "00440"]),
    st.lists(
        st.sampled_from(["1", "2", "20", "7", "161", "7700", "496", "0123", "12", "900", "800", "123456"]), max_size=6
    ),
    st.sampled_from(["", " ", "-", ".", ") ", " (", "  ", "   "]),
).map(lambda parts: parts[0] + parts[2].join(parts[1]))
_dated = st.tuples(
    st.sampled_from(["1", "01", "12", "29", "31", "1980", "2000", "1900", "March", "sept", "MAY", "12th"]),
    st.sampled_from(["/", "-", ".", " ", "", " of ", ", ", "st "]),
    st.sampled_from(["2", "02", "12", "30", "Feb", "february", "dec.", "3rd"]),
    st.sampled_from(["/", "-", ".", " ", "", ", ", "'"]),
    st.sampled_from(["80", "1980", "2026", "2027", "26", "27", "1", "31", "1899", "00"]),
).map("".join)
texts = st.lists(
    st.one_of(st.sampled_from(WRITTEN), st.sampled_from(NOISE), st.text(_ALPHABET, max_size=24), _dialled, _dated),
    max_size=14,
).map("".join)
"""Texts for both engines."""
