"""What else lies on a stick: files about nobody that look as if they were about somebody, and files that cannot be
read."""

from __future__ import annotations

from datetime import datetime, timedelta

from lossproof.sample import numbers, writing
from lossproof.sample.documents import Letter, pdf
from lossproof.sample.filling import Filling, table
from lossproof.sample.people import TODAY
from lossproof.sample.scan import scan
from lossproof.sample.workbook import Cell, Sheet, workbook

_COUNTED = datetime(2009, 3, 31, 19, 2)
_WARDS = ("Ash", "Birch", "Cedar", "Elm", "Hazel", "Rowan")


def write(filling: Filling) -> None:
    """Write both kinds; none of them depends on how many people the stick holds."""
    for path, content in (
        ("Stores/Orders 2009.csv", _orders(filling)),
        ("Stores/Catalogue.csv", _catalogue(filling)),
        ("IT/web01 access.log", _log(filling)),
        ("IT/NUMBERS guidance.txt", _guidance(filling)),
        ("Estates/room bookings.csv", _rooms(filling)),
        (
            "Estates/fire plan.pdf",
            pdf(Letter(("ESTATES",), ["Assembly point: car park B. Ring 2222.", "Review 2010."])),
        ),
    ):
        filling.files[path] = content
        filling.without_people.append(path)
    for path, content, reason in (
        ("Scans/scan0007.jpg", scan(filling.stream("scan")), "image"),
        ("Estates/asbestos survey.pdf", pdf(Letter(("ESTATES",), ["Survey of plant room 4."]))[:431], "damaged"),
        ("Stores/stock take.xlsx", _broken_workbook(filling), "damaged"),
    ):
        filling.files[path] = content
        filling.not_examined[path] = reason


def _orders(filling: Filling) -> bytes:
    """Ten-digit references that are no NHS number, and dates that are nobody's birth."""
    stream = filling.stream("orders")
    rows: list[list[object]] = [["Requisition", "Order ref", "Raised", "Item", "Qty", "Net GBP"]]
    for index in range(1500):
        raised = writing.slashes(TODAY - timedelta(days=stream.between(0, 900)))
        item = f"NSV{stream.digits(5)}"
        rows.append(
            [
                index + 1,
                numbers.order_number(stream),
                raised,
                item,
                stream.between(1, 60),
                f"{stream.between(99, 90000) / 100:.2f}",
            ]
        )
    return table(rows).encode()


def _catalogue(filling: Filling) -> bytes:
    stream = filling.stream("catalogue")
    goods = (
        "Gauze swab",
        "Syringe 5 ml",
        "Cannula 20G",
        "Gloves nitrile",
        "Dressing",
        "Giving set",
        "Kidney dish",
        "Apron",
    )
    rows = [["Code", "Description", "Pack", "Barcode", "Updated"]]
    for _ in range(300):
        barcode = f"50{stream.digits(11)}"
        updated = (TODAY - timedelta(days=stream.between(0, 2000))).isoformat()
        rows.append(
            [
                f"NSV{stream.digits(5)}",
                f"{stream.pick(goods)} {stream.pick(('S', 'M', 'L', 'XL'))}",
                "100",
                barcode,
                updated,
            ]
        )
    return table(rows, delimiter="\t").encode()


def _log(filling: Filling) -> bytes:
    """Addresses of the documentation range, session keys, sizes: long numbers everywhere, but none of ten digits."""
    stream = filling.stream("log")
    lines = []
    for index in range(4000):
        moment = f"14/Sep/2009:{index // 200:02}:{index % 60:02}:{stream.below(60):02} +0100"
        key = f"{stream.below(2**40):010x}"
        lines.append(
            f'192.0.2.{stream.below(255)} - - [{moment}] "GET /asset/{stream.between(10**10, 10**11 - 1)}.gif?k=s{key} HTTP/1.1" '
            f"{stream.pick((200, 200, 304, 404))} {stream.below(10**6)}"
        )
    return "\n".join([*lines, ""]).encode()


def _guidance(filling: Filling) -> bytes:
    """Numbers that a guide prints as examples: 999 ... and QQ ..., which stand for nobody, and patterns of letters."""
    stream = filling.stream("guidance")
    lines = [
        "HOW TO WRITE NUMBERS DOWN (all staff)",
        "",
        "An NHS number has ten digits in groups of 3, 3 and 4. The last is a check digit. Use test numbers when training:",
    ]
    for _ in range(40):
        lines.append(f"    {writing.nhs_number(stream, numbers.never_issued_nhs_number(stream))}")
    lines += ["A National Insurance number has two letters, six digits and a letter, for example:"]
    for _ in range(20):
        example = f"QQ{stream.digits(6)}{stream.pick('ABCD')}"
        lines.append(f"    {writing.nino(stream, example)}")
    lines += [
        "A postcode is written AA9A 9AA. A PNC id is a year, a stroke and a serial (YYYY/NNNNNNND).",
        "Dates: DD/MM/YYYY. Version 2009/1, next review 01/04/2010. Standard BS 7799-2:2002. Help desk ext 2222.",
        "Diabetes UK, the Prison Service and the Mental Health Trust have guides of their own.",
        "",
    ]
    return "\r\n".join(lines).encode()


def _rooms(filling: Filling) -> bytes:
    stream = filling.stream("rooms")
    teams = ("Infection control", "Pharmacy", "Chaplaincy", "Audit", "Volunteers", "Catering", "Stroke team", "Board")
    rows = [["Room", "From", "To", "Booked by", "Purpose"]]
    for _ in range(250):
        day = writing.slashes(TODAY + timedelta(days=stream.between(-60, 60)))
        hour = stream.between(8, 16)
        rows.append(
            [
                f"{stream.pick(_WARDS)} {stream.between(1, 4)}",
                f"{day} {hour:02}:00",
                f"{day} {hour + 1:02}:00",
                stream.pick(teams),
                "Meeting",
            ]
        )
    return table(rows, delimiter=";").encode()


def _broken_workbook(filling: Filling) -> bytes:
    """A workbook whose end was lost, as after a stick pulled out too soon."""
    stream = filling.stream("stock")
    rows: list[list[Cell]] = [[f"NSV{stream.digits(5)}", stream.between(0, 400)] for _ in range(200)]
    whole = workbook([Sheet("Count", [["Item", "On shelf"], *rows])], _COUNTED)
    return whole[: len(whole) * 3 // 5]
