"""Numbers that are right in shape and check and, as far as is published, belong to nobody.

- **NHS number**: 710 000 000 to 799 999 999 and the check digit. Published ranges of issue end at 708 800 001 (the
  default ranges of the R function `generate_nhs_number`, after Wikipedia, "NHS number"); the documentation of the
  crate nhs-number gives 600 to 799 without that end. So: in no range known to be issued, and not promised either. The
  one promised range is 999, which discover must refuse, so it serves as a distractor.
- **NINO**: prefixes that HMRC's own list of allocated ones leaves out (github.com/hmrc/reference-checker,
  `P800ReferenceChecker`) and that the rules of NIM39110 allow.
- **PNC id, CRO number**: no unissued range is published; serials from 8 000 000 and 900 000, far above those of any
  year.
- **Prison number**: none is published; A0001TA to A9999ZZ, the last of a series that is issued in order from A0001AA.
- **Telephone**: Ofcom's "Telephone numbers for use in TV and radio drama programmes" (recalled): 07700 900, 020 7946
  0, 01632 960, 0113 to 0161 496 0, 0191 498 0, 029 2018 0. Never assigned; 1,000 numbers a block, so large sticks
  share them.
- **E-mail**: example.org, .com, .net and *.example (RFC 2606).
- **Postcode**: no unissued block is published; districts 70 to 79 of areas whose own end far below (recalled).
- **Sort code**: no unissued block is published; 78 and 79, which lists of sort codes do not have (recalled).

Left out: passports, driving licences, CHI and H&C numbers, payment cards, IBANs: no file of the sample holds them.
"""

from __future__ import annotations

from lossproof.sample.stream import Stream

CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
# Two letters each; every one is checked by a test against the rule and against HMRC's list of first letters.
_NINO_PREFIXES = "ACAGAJANBCBJCJECEGEJGAGEGKGRGXHCHJKJLCLJNJRCRJTCTJWCWJXAXEXHXPXTYCYJZCZJ"
# Postcode areas whose districts all lie below 70, or above 79, two letters each.
_AREAS = (
    "BBBDBHCACBCOCTCWDHDLDNDTDYEXGLGUHDHGHPHRHXIPLALELNLUMENNNROLOXPEPLPOPRRGSGSKSNSOSPSRSTSYTATFTNTQTRTSWAWFWNWVYO"
)
_DRAMA_AREAS = ("0113", "0114", "0115", "0116", "0117", "0118", "0121", "0131", "0141", "0151", "0161")
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_PRISON_LAST = "ABCDEFGHJKLMNPQRSTVWXYZ"
_EXCHANGES = (
    "020 7946 0",
    "01632 960",
    "029 2018 0",
    "0191 498 0",
    *(f"{area} 496 0" for area in _DRAMA_AREAS),
)


def nhs_check_digit(nine: str) -> int:
    """The modulus 11 check digit of nine digits; 10 means that the number is not used (NHS Data Dictionary)."""
    return (11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11) % 11


def luhn(digits: str) -> bool:
    """Whether a string of digits passes the modulus 10 rule (CHI numbers since 2026, payment cards)."""
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def nhs_number(stream: Stream) -> str:
    """Ten digits with the right check digit, 710 ... to 799 ..., in none of the published issued ranges."""
    while True:
        nine = str(stream.between(710_000_000, 799_999_999))
        if (check := nhs_check_digit(nine)) < 10:
            return f"{nine}{check}"


def never_issued_nhs_number(stream: Stream) -> str:
    """Ten digits, 999 ..., with the right check digit: the range for tests, which stands for nobody."""
    while True:
        nine = f"999{stream.digits(6)}"
        if (check := nhs_check_digit(nine)) < 10:
            return f"{nine}{check}"


def order_number(stream: Stream) -> str:
    """Ten digits that fail the NHS and the CHI rules: the reference of an order, not of a person."""
    while True:
        ten = stream.digits(10)
        if nhs_check_digit(ten[:9]) != int(ten[9]) and not luhn(ten):
            return ten


def nino(stream: Stream) -> str:
    """A National Insurance number with a prefix never allocated, for example `AC123456B`."""
    return f"{_pair(stream, _NINO_PREFIXES)}{stream.digits(6)}{stream.pick('ABCD')}"


def check_letter(number: int) -> str:
    """The letter that ends a PNC id or CRO number: the number modulus 23 in an alphabet without I, O and S."""
    return CHECK_LETTERS[number % 23]


def pnc_id(stream: Stream, year: int) -> str:
    """A PNC id in its long form, for example `1994/8012345K`."""
    serial = stream.between(8_000_000, 9_999_999)
    return f"{year}/{serial}{check_letter(int(f'{year % 100:02}{serial}'))}"


def cro_number(stream: Stream, year: int) -> str:
    """A CRO number in its standard form, for example `912345/94K`."""
    serial = stream.between(900_000, 999_999)
    return f"{serial}/{year % 100:02}{check_letter(int(f'{year % 100:02}{serial}'))}"


def prison_number(stream: Stream) -> str:
    """A prison number (NOMIS), for example `A1234WK`."""
    return f"A{stream.between(1, 9999):04}{stream.pick('TVWXYZ')}{stream.pick(_PRISON_LAST)}"


def bank_account(stream: Stream) -> tuple[str, str]:
    """A sort code as `78-12-34` and an account number of eight digits."""
    sort_code = f"{stream.pick(('78', '79'))}-{stream.digits(2)}-{stream.digits(2)}"
    return sort_code, f"{stream.between(1_000_000, 99_999_999):08}"


def telephone(stream: Stream) -> str:
    """A telephone number for drama, written in the usual groups: `07700 900123` or `0161 496 0123`."""
    return f"07700 900{stream.digits(3)}" if stream.chance(0.35) else f"{stream.pick(_EXCHANGES)}{stream.digits(3)}"


def postcode(stream: Stream, area: str) -> str:
    """A postcode of a district of `area` that is not there, for example `LE74 3QX`."""
    return f"{area}7{stream.digits(1)} {stream.digits(1)}{stream.pick(_INWARD)}{stream.pick(_INWARD)}"


def postcode_area(stream: Stream) -> str:
    """The two letters of a postcode area in which no district 70 to 79 exists."""
    return _pair(stream, _AREAS)


def _pair(stream: Stream, letters: str) -> str:
    start = 2 * stream.below(len(letters) // 2)
    return letters[start : start + 2]
