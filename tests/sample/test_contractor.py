import csv
import io

from lossproof.sample import contractor


def test_every_offender_is_in_the_register_or_in_the_database(stick):
    offenders = {mention.person for mention in stick.truth.mentions if mention.criminal_offence}
    register = {mention.person for mention in stick.mentions(contractor.REGISTER) if mention.criminal_offence}
    custody = {mention.person for mention in stick.mentions(contractor.CUSTODY)}
    assert register | custody == offenders
    assert register & custody
    assert register - custody
    assert custody - register


def test_the_register_begins_with_a_mark_and_names_its_managers_weakly(stick):
    content = stick.files[contractor.REGISTER]
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    mentions = stick.mentions(contractor.REGISTER)
    assert len(rows) == sum(mention.strong for mention in mentions) == sum(not mention.strong for mention in mentions)
    assert any(row["PNC"][2] == "/" for row in rows)
    assert any(row["PNC"][4] == "/" for row in rows)


def test_the_extract_is_printed_in_blocks(stick):
    blocks = stick.texts[contractor.EXTRACT].split("-" * 72)
    assert len(blocks) - 3 == len(stick.mentions(contractor.EXTRACT))
    assert all("PNCID   : " in block and "BORN    : " in block for block in blocks[1:-2])
