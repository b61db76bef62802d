"""A letter is one record, a mail merge one a letter, a list one a line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

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


def facts(text: str) -> list[tuple[str, str, str, tuple[tuple[str, str], ...]]]:
    return [(mention.surname, mention.forename, mention.born, mention.strong) for mention in counted(text)]


NHS = (("nhs_number", "4857773457"),)


def test_a_number_broken_at_a_line_end_is_read() -> None:
    text = "I am grateful to you for seeing Joan Carter, whose NHS number is 485 777\n3457 and who lives alone.\n"
    assert facts(text) == [("CARTER", "JOAN", "", NHS)]


def test_a_birth_date_broken_at_a_line_end_is_read() -> None:
    text = "I am asked to give a summary of Joan Carter, who was born on 3 April\n1950 and lives alone.\n"
    assert facts(text) == [("CARTER", "JOAN", "1950-04-03", ())]


def test_a_name_broken_at_a_line_end_is_read() -> None:
    text = "I am grateful to you for seeing your patient Joan\nCarter, born on 3 April 1950, who lives alone.\n"
    assert facts(text) == [("CARTER", "JOAN", "1950-04-03", ())]


def test_lines_cut_at_one_length_inside_words_are_joined() -> None:
    written = (
        "I am asked to provide a summary in respect of Joan Carter, who was born on Wednesday 21 February 1951 and who "
        "came in on 14 November 2008. The NHS number that was given by the practice is 485 777 3457. She has since been seen "
        "on four occasions and remains on the ward with a plan of care in place, and will be reviewed before she goes home."
    )
    for width in (70, 83, 88, 95):
        cut = "\n".join(written[at : at + width] for at in range(0, len(written), width))
        assert facts(cut) == [("CARTER", "JOAN", "1951-02-21", NHS)], width


def test_two_lines_of_a_list_are_not_one_number() -> None:
    text = "NHS numbers to be checked by the team, with what each was called about: 485 777\n3457 calls a week\n"
    assert [mention.strong for mention in counted(text)] == [NHS], "running text, for comparison"
    text = (
        "NHS nos:\n1 asked about her repeat medication, bed 485 777\n3457 asked about the waiting list in the clinic\n"
    )
    assert counted(text) == []


def test_capitals_right_before_a_birth_date_are_a_name_whatever_the_forename() -> None:
    text = (
        "Seen today: Zzyva Qorrandel (03/05/1961), well.\n\nMet Ashkeveron Tull dob 03/05/1962.\n\n"
        "Qwillow Brask, born 3 May 1963, rang.\n"
    )
    assert facts(text) == [
        ("QORRANDEL", "ZZYVA", "1961-05-03", ()),
        ("TULL", "ASHKEVERON", "1962-05-03", ()),
        ("BRASK", "QWILLOW", "1963-05-03", ()),
    ]


def test_capitals_right_before_a_labelled_number_are_a_name() -> None:
    assert facts("Rang Zzyva Qorrandel (NHS No 485 777 3457) at noon.\n") == [("QORRANDEL", "ZZYVA", "", NHS)]


def test_what_else_has_a_date_in_brackets_is_no_name() -> None:
    for title in (
        "Gas Safety Check",
        "Mental Health Act",
        "Crown Court",
        "Release Candidate",
        "Willow House",
        "Daily Telegraph",
    ):
        assert counted(f"See the {title} (01/03/2001) for more.\n") == [], title
    assert counted("Milton Keynes, 12 January 2001\n\nDear Sir\n") == []


def test_a_name_in_any_order_and_dress_is_read() -> None:
    assert facts("SMITH Adam b. 03/05/1961\n") == [("SMITH", "ADAM", "1961-05-03", ())]
    assert facts("R v SMITH John (DOB 03/05/1961)\n") == [("SMITH", "JOHN", "1961-05-03", ())]
    assert facts("Patient: John (known as Jack) Smith, dob 03/05/1961\n") == [("SMITH", "JOHN", "1961-05-03", ())]
    assert facts("pt john smith dob 03/05/1961 well\n") == [("SMITH", "JOHN", "1961-05-03", ())]
    assert facts("Page 1 of 2   Smith, John   03/05/1961   485 777 3457\n") == [("SMITH", "JOHN", "1961-05-03", NHS)]
    assert facts("Called Peter Walsh (03/05/1961) no reply\n") == [("WALSH", "PETER", "1961-05-03", ())]
    assert facts("Joan Carter, aged 44 (03/05/1961), was seen.\n") == [("CARTER", "JOAN", "1961-05-03", ())]
    assert facts("Re: June Winter, dob 03/05/1961\n") == [("WINTER", "JUNE", "1961-05-03", ())]


def test_a_label_needs_no_colon() -> None:
    expected = [("CARTER", "JOAN", "1950-04-03", NHS)]
    assert facts("Surname\tCarter\nForename\tJoan\nD.O.B\t03/04/1950\nNHS No\t485 777 3457\n") == expected
    assert facts("Surname   Carter    Forename   Joan\nDOB   03/04/1950    NHS No   485 777 3457\n") == expected
    assert facts("Surname: Carter Forename: Joan DOB: 03/04/1950 NHS No: 485 777 3457\n") == expected
    assert facts("Name ....... Joan Carter\nDOB ........ 03/04/1950\nNHS No ..... 485 777 3457\n") == expected
    assert facts("Name: __Joan Carter__  DOB: __03/04/1950__  NHS No: __485 777 3457__\n") == expected
    assert (
        facts("| Surname : Carter   Forename: Joan |\n| D.O.B.  : 03/04/1950  Sex : F |\n| NHS No. : 485 777 3457 |\n")
        == expected
    )
    assert facts("Patient name:\nJoan Carter\nDate of birth:\n03/04/1950\nNHS number:\n485 777 3457\n") == expected


def test_a_table_of_two_lines_is_one_where_every_heading_is_known() -> None:
    text = "| Name | DOB | NHS No |\n|------|-----|-----|\n| Joan Carter | 03/04/1950 | 485 777 3457 |\n"
    assert facts(text) == [("CARTER", "JOAN", "1950-04-03", NHS)]


def test_an_organisation_that_is_written_to_is_not_the_patient() -> None:
    text = (
        "To: Booking Office, Infirmary Road, Stanning LS1 3EX\n\n"
        "Patient name\tHURST, Trevor\nDate of birth\t06/09/1980\nPostcode\tL9 7DE\n"
    )
    (mention,) = read(text)
    assert (mention.surname, mention.forename, mention.born, mention.postcode) == (
        "HURST",
        "TREVOR",
        "1980-09-06",
        "L9 7DE",
    )
    assert [(m.surname, m.born) for m in counted("To: Mrs Joan Carter, 12 High Street, Leeds\n\nDOB 03/04/1950\n")] == [
        ("CARTER", "1950-04-03")
    ]


def test_a_number_above_the_address_is_the_addressees() -> None:
    text = "NHS No: 485 777 3457\nDOB: 03/04/1950\n\nMrs Joan Carter\n12 High Street\nLeeds\nL9 7DE\n\nDear Mrs Carter\n\nCome soon.\n"
    (mention,) = read(text)
    assert (mention.surname, mention.forename, mention.born, mention.strong, mention.postcode) == (
        "CARTER",
        "JOAN",
        "1950-04-03",
        NHS,
        "L9 7DE",
    )


def test_a_postcode_that_ends_an_address_needs_no_street() -> None:
    text = "Mrs Joan Carter\n12 Meadow Rise\nLeeds\nLS6 2NF\n\nDear Mrs Carter\n\nDate of birth: 03/04/1950\n"
    (mention,) = counted(text)
    assert mention.postcode == "LS6 2NF"
    (mention,) = counted("Joan Carter, born 03/04/1950, of 12 Meadow Rise, Leeds LS6 2NF, came.\n")
    assert mention.postcode == "LS6 2NF"


def test_a_letter_and_digits_in_a_sentence_are_no_postcode() -> None:
    findings = Findings()
    prose.read("Use paper size M1 1AE or better for the printer on the second shelf.\n", "file", findings)
    assert not findings.identifiers


def test_each_person_of_a_sentence_has_a_record() -> None:
    text = (
        "Did not attend: Valerie Taylor (18/10/1980); Peter Thompson (14/01/1940); Susan Abbott (17/07/1979); "
        "Emma Watson (29/12/1977); Kevin Cooke (26/11/1961).\n"
    )
    assert [mention.surname for mention in counted(text)] == ["TAYLOR", "THOMPSON", "ABBOTT", "WATSON", "COOKE"]


def test_a_second_person_with_a_number_of_another_kind_has_a_record() -> None:
    text = (
        "INCIDENT REPORT\nPerson affected: Joan Carter, patient, DOB 03/04/1950\n"
        "Other person involved: Peter Walsh, member of staff, NI AB123456C\n"
    )
    assert facts(text) == [("CARTER", "JOAN", "1950-04-03", ()), ("WALSH", "PETER", "", (("nino", "AB123456C"),))]


def test_a_relative_with_a_birth_date_has_a_record_and_one_without_has_none() -> None:
    assert facts("Re: Joan Carter\n\nSeen with her son Peter Carter (dob 03/05/1981).\n") == [
        ("CARTER", "PETER", "1981-05-03", ())
    ]
    assert facts("Name: Joan Carter, daughter of Peter Carter, DOB: 03/04/1950\n") == [
        ("CARTER", "JOAN", "1950-04-03", ())
    ]


def test_two_bearers_of_one_name_are_two_records() -> None:
    text = "John Smith (03/05/1961) and his father John Smith (04/06/1930) were seen.\n"
    assert [(mention.surname, mention.born) for mention in counted(text)] == [
        ("SMITH", "1961-05-03"),
        ("SMITH", "1930-06-04"),
    ]


def test_labels_side_by_side_are_read_one_by_one() -> None:
    text = (
        "Ann Wallis            Liam Mills          Don Hall\n12 High St            3 Low Way           7 Elm Drive\n"
        "Leeds                 Leeds               Leeds\nLS6 2NF               LS5 1JR             LS7 3BP\n"
    )
    assert [(mention.surname, mention.postcode) for mention in read(text)] == [
        ("WALLIS", "LS6 2NF"),
        ("MILLS", "LS5 1JR"),
        ("HALL", "LS7 3BP"),
    ]


def test_a_name_ends_where_the_sentence_does() -> None:
    assert facts("She rang Beagle. Alan Turing (23/06/1952) rang. St. John Rivers, dob 24/06/1952, did not.\n") == [
        ("TURING", "ALAN", "1952-06-23", ()),
        ("RIVERS", "ST", "1952-06-24", ()),
    ]


def test_a_number_that_is_called_an_example_is_nobodys() -> None:
    assert read("An NHS number is written 3-3-4. Example: 485 777 3457. Staff are trained, e.g. 485 777 3457.\n") == []


def test_initials_after_a_title_may_be_words() -> None:
    assert facts("Mr A Williams DOB 03/05/1961\nMr I Jones DOB 03/05/1962\n") == [
        ("WILLIAMS", "A", "1961-05-03", ()),
        ("JONES", "I", "1962-05-03", ()),
    ]


def test_streets_and_buildings_are_no_names() -> None:
    for place in ("Willow House", "Infirmary Road", "Rose Cottage", "Victoria Court", "Hall, Flat 3", "Hazel Grove"):
        assert read(f"She was seen at {place} on Monday.\n") == [], place
    assert [mention.surname for mention in read("She was seen by her friend Victoria Ward on Monday.\n")] == ["WARD"]
    assert read("She was seen on Victoria Ward yesterday.\n") == []


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "Joan ", "Carter", ", ", "\n", "\n\n", "\t", "  ", "|", ": ", "DOB", "03/04/1950", "NHS No", "485 777 3457", "LS6 2NF",
                "Mr ", "Dear ", "Re: ", "To: ", "__", "(", ")", "known as ", "born ", "and so on until the very end of it ", "Surname",
                "Forename", ";", ".", "son ", "Yours sincerely", "\u25a0", "\f", "12 High Street", "ß", "İ",
            ]
        )
        | st.text(max_size=8),
        max_size=60,
    ).map("".join)
)  # fmt: skip
def test_any_text_is_read_without_an_error(text: str) -> None:
    read(text)


def test_numbers_in_one_row_are_certain_as_the_first_is() -> None:
    numbers = ["4857773457", "4010232137", "4505577104", "6013587280", "6123456784"] * 20
    assert len({mention.strong for mention in counted("NHS numbers: " + ", ".join(numbers) + "\n")}) == 5


def test_a_valid_number_that_nothing_names_is_possibly_somebodys() -> None:
    findings = Findings()
    prose.read("Please see 485 777 3457 about this.\n", "file", findings)
    assert findings.mentions == []
    assert findings.possible == 1


def test_many_numbers_of_which_few_pass_are_nobodys() -> None:
    findings = Findings()
    prose.read("\n".join(f"order {4000000000 + at * 7919}" for at in range(500)) + "\n", "file", findings)
    assert findings.possible == 0
