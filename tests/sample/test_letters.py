import io
import zipfile
from pathlib import PurePosixPath

from lossproof.sample import letters


def test_letters_come_in_three_formats_and_five_wordings(stick):
    paths = [path for path in stick.files if path.startswith("Letters/")]
    assert {PurePosixPath(path).suffix for path in paths} == {".docx", ".txt", ".pdf"}
    opening = ("Our ref: ", "DISCHARGE SUMMARY", "Our reference ", "d.o.b.   : ", "PRIVATE AND CONFIDENTIAL")
    texts = [stick.texts[path] for path in paths]
    assert all(any(mark in text for text in texts) for mark in opening)


def test_a_letter_names_its_patient_strongly_and_others_weakly(stick):
    paths = [path for path in stick.files if path.startswith("Letters/")]
    assert len(paths) > 10
    for path in paths:
        mentions = stick.mentions(path)
        assert [mention.strong for mention in mentions] == [True] + [False] * (len(mentions) - 1)
        assert 3 <= len(mentions) <= 4


def test_the_old_archive_holds_a_list_and_an_archive_of_letters(stick):
    archive = zipfile.ZipFile(io.BytesIO(stick.files[letters.BACKUP]))
    assert archive.namelist() == ["ward/list.csv", "ward/letters.zip"]
    inner = zipfile.ZipFile(io.BytesIO(archive.read("ward/letters.zip")))
    assert len(inner.namelist()) == 18
    inside = {mention.inside for mention in stick.mentions(letters.BACKUP)}
    assert inside == {"ward/list.csv", *(f"ward/letters.zip/{name}" for name in inner.namelist())}


def test_mails_carry_lists(stick):
    mails = [path for path in stick.files if path.startswith("Mail/")]
    assert len(mails) >= 2
    assert any(mention.inside == "list.csv" for mention in stick.mentions(mails[0]))
    for path in mails:
        weak = [mention for mention in stick.mentions(path) if not mention.strong]
        assert len(weak) == 2
        assert all(dict(mention.identifiers)["email"].endswith("@northmere-infirmary.example") for mention in weak)
