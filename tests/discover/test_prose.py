"""A letter is one record, a mail merge one a letter, a list one a line."""

from __future__ import annotations

from lossproof.discover import prose
from lossproof.discover.findings import Findings
from lossproof.discover.mention import Mention


def read(text: str) -> list[Mention]:
    findings = Findings()
    prose.read(text, "file", findings)
    return findings.mentions


def counted(text: str) -> list[Mention]:
    return [mention for mention in read(text) if mention.counts]


LETTER = """{name}
12 Acacia Avenue
Borchester
LS1 2XY

Dear {name},
NHS No: {number}    Date of birth: {born}
Next of kin: Peter Jones tel 01632 960123

Thank you for coming. Your diagnosis is asthma.

Yours sincerely,
Dr Mary Evans
Consultant
"""


def test_a_letter_is_one_record_about_its_patient() -> None:
    (mention,) = counted(LETTER.format(name="Ann Smith", number="485 777 3457", born="22-07-1948"))
    assert (mention.surname, mention.forename, mention.born, mention.postcode) == (
        "SMITH",
        "ANN",
        "1948-07-22",
        "LS1 2XY",
    )
    assert mention.strong == (("nhs_number", "4857773457"),)
    assert mention.categories == ("health",)
    assert mention.phone == "", "the telephone is the next of kin's"


def test_whoever_signs_and_next_of_kin_are_named_only() -> None:
    named = {
        mention.surname
        for mention in read(LETTER.format(name="Ann Smith", number="485 777 3457", born="22-07-1948"))
        if not mention.counts
    }
    assert named == {"JONES", "EVANS"}


def test_a_mail_merge_is_one_record_a_letter() -> None:
    letters = [
        LETTER.format(name="Ann Smith", number="485 777 3457", born="22-07-1948"),
        LETTER.format(name="Bob Jones", number="401 023 2137", born="23-07-1948"),
    ]
    assert [mention.surname for mention in counted("\f".join(letters))] == ["SMITH", "JONES"]


def test_a_reference_line_names_the_patient_and_the_addressee_is_not() -> None:
    text = (
        "Dear Dr Patel\n"
        "\n"
        "Re: John SMITH, d.o.b. 3 Mar 1961, NHS 485.777.3457\n"
        "12 High Street, Borchester, LS1 2XY\n"
        "\n"
        "I saw him today.\n"
    )
    (mention,) = counted(text)
    assert (mention.surname, mention.forename, mention.born, mention.postcode) == (
        "SMITH",
        "JOHN",
        "1961-03-03",
        "LS1 2XY",
    )


def test_a_form_in_text_is_one_record() -> None:
    text = "Surname: O'Brien\nForename: Siân\nDOB: 03/03/1961\nNINO: AB123456C\nPostcode: LS1 2XY\n"
    (mention,) = counted(text)
    assert (mention.surname, mention.forename, mention.born, mention.strong) == (
        "OBRIEN",
        "SIAN",
        "1961-03-03",
        (("nino", "AB123456C"),),
    )


def test_a_list_is_one_record_a_line() -> None:
    text = (
        "Patients to call:\n"
        "1. Ann Smith, DOB 03/03/1961, NHS 485 777 3457\n"
        "2. Bob Jones, DOB 04/03/1961, NHS 401 023 2137\n"
        "3. Cat Brown, DOB 05/03/1961\n"
    )
    assert [mention.surname for mention in counted(text)] == ["SMITH", "JONES", "BROWN"]


def test_numbers_before_names_stay_with_their_names() -> None:
    text = "NHS 485 777 3457 Ann Smith\nNHS 401 023 2137 Bob Jones\n"
    assert [(mention.surname, mention.strong[0][1]) for mention in counted(text)] == [
        ("SMITH", "4857773457"),
        ("JONES", "4010232137"),
    ]


def test_a_plain_list_of_numbers_counts_each() -> None:
    assert len(counted("recall\n4857773457\n4010232137\n4505577104\n6013587280\n")) == 4


def test_a_lone_number_without_a_word_that_names_it_is_nothing() -> None:
    assert counted("Your order 4857773457 was sent.\n") == []


def test_a_letters_date_is_no_birth_date() -> None:
    assert counted("12 January 2009\n\nDear Ann Smith,\n\nSee you on 14 February 2009.\n") == []


def test_columns_of_text_are_a_table() -> None:
    text = "\n".join(
        [
            "Surname    Forename   DOB",
            "Smith      Ann        03/03/1961",
            "Jones      Bob        04/03/1961",
            "Brown      Cat        05/03/1961\n",
        ]
    )
    assert [mention.surname for mention in counted(text)] == ["SMITH", "JONES", "BROWN"]


def test_a_hospitals_own_postcode_is_not_the_patients() -> None:
    text = "St Swithin's Hospital\nHigh Street\nBorchester\nLS1 9ZZ\n\nPatient: Ann Smith\nDOB: 03/03/1961\n"
    (mention,) = counted(text)
    assert mention.postcode == ""


def test_guidance_with_example_numbers_is_about_nobody() -> None:
    assert (
        read(
            "An NHS number has ten digits: 999 123 4560 is for tests. NINOs look like QQ123456C. Postcodes look like AA9A 9AA.\n"
        )
        == []
    )
