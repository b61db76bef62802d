import json
import re
from datetime import date

from lossproof.sample.truth import Mention, settle
from sample.reading import mod_11, squeezed

BORN = date(1961, 4, 3)


def mention(person, **what):
    return Mention(file="a.csv", person=person, **what)


def test_a_person_counts_by_a_strong_number_or_by_surname_and_birth_date():
    truth = settle(
        1,
        [
            mention(1, identifiers=(("nhs_number", "7100000001"),)),
            mention(2, surname="Ng", born=BORN),
            mention(3, surname="Ng", forename="Li", identifiers=(("phone", "07700900123"),)),
            mention(4, born=BORN),
        ],
        {},
        [],
    )
    assert (truth.distinct_people_all, truth.distinct_people_core, truth.named_only) == (4, 2, 2)


def test_a_bare_number_and_a_name_that_nothing_joins_are_unlinkable():
    number = (("nhs_number", "7100000001"),)
    apart = [mention(1, identifiers=number), mention(1, surname="Ng", born=BORN)]
    joined = [*apart, mention(1, surname="Ng", identifiers=number)]
    assert settle(1, apart, {}, []).unlinkable_people == 1
    assert settle(1, joined, {}, []).unlinkable_people == 0
    assert settle(1, joined[::-1], {}, []).unlinkable_people == 0
    weak = [mention(1, identifiers=number), mention(1, surname="Ng")]
    assert settle(1, weak, {}, []).unlinkable_people == 0


def test_every_mention_is_in_its_file(stick):
    read = {path: squeezed(text) for path, text in stick.texts.items()}
    digits = {path: re.sub(r"\D", "", text) for path, text in stick.texts.items()}
    assert len(stick.truth.mentions) > 700
    for mention in stick.truth.mentions:
        assert squeezed(mention.surname) in read[mention.file]
        assert squeezed(mention.forename) in read[mention.file]
        for kind, value in mention.identifiers:
            if kind == "phone":
                assert value[1:] in digits[mention.file]
            else:
                # A PNC id may be written with two digits of its year.
                assert squeezed(value)[2 if kind == "pnc_id" else 0 :] in read[mention.file], kind


def test_every_nhs_number_in_the_files_is_in_the_truth(stick):
    found = set()
    for path, text in stick.texts.items():
        if path not in stick.truth.files_without_people:
            for match in re.finditer(r"(?<![\d/.])([0-9]{3})([ .-]?)([0-9]{3})\2([0-9]{4})(?!\d)", text):
                number = match[1] + match[3] + match[4]
                if number[0] in "467" and mod_11(number):
                    found.add(number)
    known = {value for mention in stick.truth.mentions for kind, value in mention.identifiers if kind == "nhs_number"}
    assert found == known


def test_every_nino_and_police_number_in_the_files_is_in_the_truth(stick):
    text = "\n".join(text for path, text in stick.texts.items() if path not in stick.truth.files_without_people)
    known = {value for mention in stick.truth.mentions for _, value in mention.identifiers}
    shapes = {
        "nino": r"\b[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b",
        "prison_number": r"\bA[0-9]{4}[A-Z]{2}\b",
        "cro_number": r"\b[0-9]{6}/[0-9]{2}[A-Z]\b",
        "pnc_id": r"\b[0-9]{4}/[0-9]{7}[A-Z]\b",
    }
    for kind, shape in shapes.items():
        found = {match.replace(" ", "") for match in re.findall(shape, text)}
        assert found
        assert found <= known, kind


def test_the_counts_are_those_of_the_mentions(stick):
    truth = stick.truth
    people = {}
    for mention in truth.mentions:
        kinds = {kind for kind, _ in mention.identifiers}
        strong = bool(kinds & {"nhs_number", "nino", "pnc_id", "cro_number", "prison_number"})
        people[mention.person] = people.get(mention.person, False) or strong or bool(mention.surname and mention.born)
    assert sum(people.values()) == truth.distinct_people_core == 400
    assert len(people) == truth.distinct_people_all == 400 + truth.named_only
    assert truth.named_only > 0
    assert 0 < truth.unlinkable_people < 10
    assert truth.criminal_offence_people == 52
    assert truth.health_people >= 0.83 * 400
    for file in truth.files:
        assert file.people == len({mention.person for mention in stick.mentions(file.path)})
    for kind, count in truth.distinct_ids:
        if kind != "date_of_birth":
            values = {value for mention in truth.mentions for name, value in mention.identifiers if name == kind}
            assert count == len(values)


def test_every_file_is_accounted_for(stick):
    truth = stick.truth
    with_people = {file.path for file in truth.files}
    assert with_people | {path for path, _ in truth.not_examined} | set(truth.files_without_people) == set(stick.files)
    assert not with_people & set(truth.files_without_people)
    assert {reason for _, reason in truth.not_examined} == {"image", "encrypted", "damaged"}


def test_the_truth_is_written_as_json_with_every_mention(stick):
    written = json.loads(stick.truth.text())
    assert written["distinct_people_core"] == 400
    assert written["mentions"] == len(written["mention_list"]) == len(stick.truth.mentions)
    assert written["distinct_ids"]["nhs_number"] == dict(stick.truth.distinct_ids)["nhs_number"]
    path = stick.truth.files[0].path
    assert written["files"][path]["people"] == stick.truth.files[0].people
    weak = sum(record.get("weak", False) for record in written["mention_list"])
    assert weak == sum(not mention.strong for mention in stick.truth.mentions)
