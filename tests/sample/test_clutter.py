import csv
import io
import re
import zipfile

import pytest

from sample.reading import luhn, mod_11


def test_orders_are_full_of_ten_digit_numbers_that_fail_every_check(stick):
    rows = list(csv.DictReader(io.StringIO(stick.texts["Stores/Orders 2009.csv"])))
    numbers = [row["Order ref"] for row in rows]
    assert len(numbers) == 1500
    assert not [number for number in numbers if mod_11(number) or luhn(number) or len(number) != 10]


def test_nothing_in_the_clutter_passes_for_an_nhs_number_but_test_numbers(stick):
    valid = set()
    for path in stick.truth.files_without_people:
        for match in re.finditer(r"(?<![\w.-])(\d{3})[ .-]?(\d{3})[ .-]?(\d{4})(?![\w-])", stick.texts[path]):
            if mod_11("".join(match.groups())):
                valid.add("".join(match.groups()))
    assert len(valid) >= 38
    assert all(number.startswith("999") for number in valid)


def test_the_guide_prints_ninos_of_the_example_prefix_alone(stick):
    found = re.findall(r"\b([A-Z]{2}) ?\d\d ?\d\d ?\d\d ?[A-D]\b", stick.texts["IT/NUMBERS guidance.txt"])
    assert len(found) == 20
    assert set(found) == {"QQ"}


def test_the_damaged_files_are_damaged(stick):
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(stick.files["Stores/stock take.xlsx"]))
    assert stick.files["Estates/asbestos survey.pdf"].startswith(b"%PDF-1.4")
    assert b"%%EOF" not in stick.files["Estates/asbestos survey.pdf"]


def test_nobody_is_noted_in_the_clutter(stick):
    assert not {mention.file for mention in stick.truth.mentions} & set(stick.truth.files_without_people)
    assert len(stick.truth.files_without_people) == 6
