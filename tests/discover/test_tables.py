"""Columns are understood by their headings, and by their cells where headings say nothing."""

from __future__ import annotations

import pytest

from lossproof.discover.findings import Findings
from lossproof.discover.headings import role
from lossproof.discover.tables import TableReader

NUMBERS = ["485 777 3457", "4010232137", "450-557-7104", "6013587280", "6123456784"]


def read(rows: list[list[str]], header: list[str] | None = None) -> Findings:
    findings = Findings()
    TableReader("file", header).read(rows, findings)
    return findings


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("NHS No.", "nhs_number"),
        ("Patient NHS Number", "nhs_number"),
        ("NHSNumber", "nhs_number"),
        ("Nat. Ins. No", "nino"),
        ("D.O.B.", "date_of_birth"),
        ("DateOfBirth", "date_of_birth"),
        ("Pt Last Name", "surname"),
        ("Client Surname", "surname"),
        ("Offender Forename(s)", "forename"),
        ("SURNAME, Forename", "name"),
        ("Service User", "name"),
        ("PNCID", "pnc_id"),
        ("Prisoner No", "prison_number"),
        ("Post Code", "postcode"),
        ("Home Tel", "phone"),
        ("E-mail address", "email"),
        ("Hosp No", "local"),
        ("S/C", "sort_code"),
        ("A/C No", "account"),
        ("Consultant name", "other_name"),
        ("Next of kin", "other_name"),
        ("GP tel no", "other"),
        ("Diagnosis", "category:health"),
        ("Index offence", "category:criminal_offence"),
        ("Ward name", ""),
        ("File name", ""),
        ("Price", ""),
        ("Qty", ""),
    ],
)
def test_a_heading_has_one_meaning(heading: str, meaning: str) -> None:
    assert role(heading) == meaning


def test_a_row_is_one_person_with_all_its_values() -> None:
    rows = [["NHS No", "Surname", "First name", "DOB", "Postcode", "Diagnosis"]]
    rows += [[number, "O'Brien", "Siân", f"0{at}/03/1961", "LS1 2XY", "asthma"] for at, number in enumerate(NUMBERS, 1)]
    mentions = read(rows).mentions
    assert len(mentions) == 5
    assert mentions[0].strong == (("nhs_number", "4857773457"),)
    assert (mentions[0].surname, mentions[0].forename, mentions[0].born) == ("OBRIEN", "SIAN", "1961-03-01")
    assert mentions[0].categories == ("health",)


def test_title_lines_above_the_headings_are_passed_over() -> None:
    rows = [["Outpatients, week 3"], [""], ["Surname", "Forename", "DOB"], ["Smith", "Ann", "3 Mar 1961"]]
    (mention,) = read(rows).mentions
    assert (mention.surname, mention.born) == ("SMITH", "1961-03-03")


def test_a_column_without_a_heading_is_known_by_its_valid_numbers() -> None:
    findings = read([["x", number] for number in NUMBERS])
    assert len(findings.mentions) == 5


def test_a_column_of_numbers_that_mostly_fail_their_check_is_nothing() -> None:
    rows = [["Order", "Ref"], *([str(at), f"12345678{at:02d}"] for at in range(60))]
    findings = read(rows)
    assert findings.mentions == []
    assert not findings.identifiers


def test_a_table_without_headings_gives_names_and_births_by_their_look() -> None:
    rows = [
        ["Smith", "John", "03/04/1951", NUMBERS[0]],
        ["Okafor", "Mary", "13/11/1988", NUMBERS[1]],
        ["Patel", "Peter", "30/01/1972", NUMBERS[2]],
        ["Evans", "Susan", "07/07/2001", NUMBERS[3]],
    ]
    mentions = read(rows).mentions
    assert [(mention.surname, mention.forename, mention.born) for mention in mentions][1] == (
        "OKAFOR",
        "MARY",
        "1988-11-13",
    )


def test_month_first_dates_are_read_by_their_column() -> None:
    rows = [["Name", "DOB"], ["Ann Smith", "03/04/1951"], ["Bob Jones", "11/13/1988"]]
    assert [mention.born for mention in read(rows).mentions] == ["1951-03-04", "1988-11-13"]


def test_spreadsheet_day_numbers_are_dates_in_a_birth_column() -> None:
    assert read([["Name", "DOB"], ["Ann Smith", "22348"]]).mentions[0].born == "1961-03-08"


def test_a_form_of_labels_and_values_is_a_record() -> None:
    rows = [["Surname", "Smith"], ["Forename", "Ann"], ["DOB", "03/04/1951"], ["Surname", "Jones"]]
    rows += [["Forename", "Bob"], ["DOB", "04/04/1951"]]
    assert [(mention.surname, mention.born) for mention in read(rows).mentions] == [
        ("SMITH", "1951-04-03"),
        ("JONES", "1951-04-04"),
    ]


def test_the_doctor_of_a_row_is_named_but_is_not_the_patient() -> None:
    rows = [["Patient", "DOB", "Consultant"], ["Ann Smith", "03/04/1951", "Dr Mary Jones"]]
    patient, doctor = read(rows).mentions
    assert patient.counts
    assert doctor.surname == "JONES"
    assert not doctor.counts


def test_headings_given_by_the_format_are_believed() -> None:
    findings = read([["A1234CE", "Bob Jones", "1951-04-03"]], ["prison_no", "full_name", "date_of_birth"])
    assert findings.mentions[0].strong == (("prison_number", "A1234CE"),)
    assert findings.mentions[0].categories == ("criminal_offence",)


def test_product_codes_that_look_like_prison_numbers_are_nothing() -> None:
    rows = [["Code", "Price"], *([f"A{at:04d}BC", "9.99"] for at in range(1, 30))]
    assert read(rows).mentions == []


def test_sort_code_and_account_make_a_bank_account() -> None:
    findings = read([["Name", "Sort code", "Account"], ["Ann Smith", "08-99-99", "66374958"]])
    assert any(kind == "bank_account" for kind, _ in findings.identifiers)


def test_a_column_that_mostly_speaks_of_illness_is_about_health() -> None:
    cells = ("asthma", "see notes")
    rows = [["Name", "DOB", "For"]]
    rows += [[f"Ann Smith{'abcdefghijkl'[at]}", f"0{at % 9 + 1}/03/1961", cells[at % 2]] for at in range(12)]
    assert all(mention.categories == ("health",) for mention in read(rows).mentions)


def test_a_short_reference_in_an_odd_column_is_no_police_record() -> None:
    assert read([["Part", "Qty"], *([f"05/{at}B", "3"] for at in range(1, 40))]).mentions == []


def test_a_cell_of_running_text_names_its_own_people() -> None:
    rows = [["Ref", "Notes"], *([str(at), "we spoke to Peter Walsh (03/05/1961) about it"] for at in range(3))]
    mentions = [mention for mention in read(rows).mentions if mention.counts]
    assert {(mention.surname, mention.born) for mention in mentions} == {("WALSH", "1961-05-03")}


def test_several_facts_in_one_cell_are_one_persons() -> None:
    rows = [["Name (DOB)", "Plan"], ["Joan Carter (03/04/1950)", "CT"], ["Peter Walsh (03/05/1961)", "CT"]]
    assert [(mention.surname, mention.born) for mention in read(rows).mentions] == [
        ("CARTER", "1950-04-03"),
        ("WALSH", "1961-05-03"),
    ]


def test_mother_and_child_in_one_row_are_two() -> None:
    rows = [
        ["Child name", "Child DOB", "Mother name", "Mother NHS no"],
        ["Ann Smith", "03/04/2005", "Mary Smith", NUMBERS[0]],
    ]
    child, mother = read(rows).mentions
    assert child.strong == ()
    assert (mother.forename, mother.strong) == ("MARY", (("nhs_number", "4857773457"),))


def test_two_nhs_numbers_in_one_row_are_two_people() -> None:
    rows = [["NHS no", "Linked NHS no"], [NUMBERS[0], NUMBERS[1]]]
    assert len(read(rows).mentions) == 2


def test_asset_tags_that_look_like_insurance_numbers_are_nothing() -> None:
    assert read([["Asset tag", "Make"], *([f"AB10{at:04d}", "Dell"] for at in range(50))]).mentions == []


def test_a_heading_with_both_words_is_a_whole_name() -> None:
    (mention,) = read([["Client (Surname, First)", "DOB"], ["CARTER, Joan", "03/04/1950"]]).mentions
    assert (mention.surname, mention.forename) == ("CARTER", "JOAN")


def test_two_columns_of_names_are_told_apart_by_the_forenames() -> None:
    rows = [["1st name", "2nd name", "DOB"], ["Joan", "Carter", "03/04/1950"], ["Peter", "Walsh", "03/05/1961"]]
    assert [(mention.surname, mention.forename) for mention in read(rows).mentions] == [
        ("CARTER", "JOAN"),
        ("WALSH", "PETER"),
    ]


def test_a_row_with_a_number_is_never_the_headings() -> None:
    rows = [[f"Singh D NHS {NUMBERS[0]}", "stable"], [f"Jones B NHS {NUMBERS[1]}", "stable"]]
    assert len([mention for mention in read(rows).mentions if mention.strong]) == 2


def test_references_that_mostly_fail_their_check_letter_are_nothing() -> None:
    assert read([["Invoice ref", "Sum"], *([f"2007/10000{at:02d}K", "9.99"] for at in range(60))]).mentions == []


def test_a_year_in_a_heading_does_not_make_it_a_value() -> None:
    rows = [["Surname", "Forename", "DOB", "Visits 2008/2009"], ["Smith", "Ann", "03/04/1951", "3"]]
    assert [mention.surname for mention in read(rows).mentions] == ["SMITH"]
