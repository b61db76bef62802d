import csv
import io
import json

from lossproof.sample import personnel


def test_the_payroll_has_every_member_of_staff_and_a_total(stick):
    rows = list(csv.reader(io.StringIO(stick.texts[personnel.PAYROLL])))
    assert rows[-1][1] == "TOTAL"
    assert len(rows) - 2 == len(stick.mentions(personnel.PAYROLL)) == 12
    pence = [int(row[7].replace(".", "")) for row in rows[1:]]
    assert sum(pence[:-1]) == pence[-1]


def test_starters_are_on_the_payroll(stick):
    records = json.loads(stick.files[personnel.STARTERS])
    assert len(records) == len(stick.mentions(personnel.STARTERS))
    paid = {mention.person for mention in stick.mentions(personnel.PAYROLL)}
    assert {mention.person for mention in stick.mentions(personnel.STARTERS)} <= paid


def test_the_rota_holds_names_alone(stick):
    mentions = stick.mentions(personnel.ROTA)
    assert stick.texts[personnel.ROTA].count("<tr><td>") == len(mentions)
    assert not any(mention.strong for mention in mentions)
