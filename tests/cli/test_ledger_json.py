"""What `--json` of the ledger prints is what docs/reference/json.md says, name for name."""

from __future__ import annotations

import re

import pytest

from house.repository import ROOT
from jobs.people_files import with_people

REFERENCE = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")


def documented(heading: str) -> set[str]:
    """The names in the table below a heading."""
    _, found, after = REFERENCE.partition(f"\n## {heading}\n")
    assert found, heading
    return set(re.findall(r"^\| `(\w+)` \|", after.partition("\n## ")[0], re.MULTILINE))


@pytest.fixture
def printed(desk, tmp_path):
    """What every action prints, by its heading."""
    shapes = {}
    made = desk.say("ledger", "init", tmp_path / "second", "--passphrase-file", desk.passphrase, "--json")
    shapes["ledger init"] = made.shape
    key = desk.new_key("alex")
    shapes["ledger key"] = desk.say(
        "ledger", "key", tmp_path / "made.key", "--passphrase-file", desk.passphrase, "--json"
    ).shape
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    enrolled = desk.done("enrol", f"{key}.pub", "--role", "auditor", "--new-organisation", "Lyme Audit")
    shapes["ledger enrol"] = desk.done("enrol", recipient) | enrolled
    shapes["ledger device"] = desk.done("device", "laptop", "--asset-tag", "IT-0042")
    shapes["Recorded"] = desk.recorded("check", with_people(tmp_path / "files"), "--device", "IT-0042")
    shapes["Receipt"] = shapes["Recorded"]["receipts"][0]
    shapes["ledger show"] = desk.shown()
    shapes["ledger show DEVICE"] = desk.shown("IT-0042")
    shapes["ledger standing"] = desk.ledger("standing", "IT-0042", "--json").shape
    shapes["RecordedFact"] = shapes["ledger show DEVICE"]["facts"][0]
    shapes["Identifier"] = shapes["ledger show DEVICE"]["identifiers"][0]
    shapes["ledger retract"] = desk.done("retract", shapes["Receipt"]["leaves"][0], "--reason", "superseded")
    shapes["ledger checkpoint"] = desk.done("checkpoint")
    shapes["ledger prove"] = desk.ledger("prove", "1", "--json").shape
    shapes["ledger pack"] = desk.done("pack", "IT-0042", "--out", tmp_path / "it.pack")
    shapes["ledger people"] = desk.ledger("people", "IT-0042", "--out", tmp_path, "--json").shape
    shapes["ledger erase"] = desk.ledger("erase", "IT-0042", "--rule", "retention_ended", "--lists", "--json").shape
    shapes["ledger trust"] = desk.ledger("trust", "--json").shape
    shapes["ledger fsck"] = desk.done("fsck", "--state", "--key", key)
    shapes["ledger compromise"] = desk.done("compromise", desk.mark("inspector"), "--reason", "lost")
    shapes["ledger end"] = desk.done("end", "IT-0042") | desk.done("end", recipient) | desk.done("end", "Lyme Audit")
    shapes["ledger export"] = desk.ledger("export", tmp_path / "tiles", "--json").shape
    shapes["ledger recover"] = desk.done("recover", "--anyway")
    return shapes


def test_every_name_is_documented_and_every_documented_name_is_there(printed):
    for heading, shape in printed.items():
        more = {"key"} if heading == "ledger end" else set()
        assert set(shape) | more == documented(heading), heading
    lists = printed["ledger people"]["lists"]
    assert [set(one) for one in lists] == [{"leaf", "true_at", "sha256", "file", "erased"}]
    assert set(printed["ledger show"]["keys"][0]) == {"fingerprint", "role", "organisation", "ended", "compromised"}


def test_the_actions_are_all_documented():
    from lossproof.cli.ledger import ACTIONS

    # `add` prints what `retract` does; the witness's is tested where it runs.
    assert documented("ledger add") == {"receipts"}
    assert documented("ledger witness") == {"url", "name", "vkey"}
    assert all(f"\n## ledger {action}\n" in REFERENCE for action in ACTIONS)
