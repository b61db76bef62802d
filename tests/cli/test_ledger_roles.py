"""Least privilege, through the command line: each role states what it may, and is refused the rest."""

from __future__ import annotations

import pytest

from cli.desk import assert_refused, mark_of
from vector_files import cases


@pytest.fixture
def image(tmp_path):
    """A locked volume with a UUID of its own."""
    locked = next(case.image for case in cases("luks2") if case.expect.get("protection") == "protected")
    (tmp_path / "locked.img").write_bytes(locked)
    return tmp_path / "locked.img"


@pytest.mark.parametrize("role", ["inspector", "agent", "importer", "auditor", "decider"])
def test_only_an_owner_enrols_ends_and_names(desk, role):
    key = desk.enrolled(role, "--role", role)
    other = desk.new_key("other")
    by = ("--key", key)
    size = desk.shown()["size"]
    assert_refused(desk.write("enrol", f"{other}.pub", "--role", "inspector", *by), 14, f"role {role} may not")
    assert_refused(desk.write("enrol", f"{other}.pub", "--role", "agent", "--new-organisation", "Bins", *by), 14, role)
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    assert_refused(desk.write("enrol", recipient, *by), 14, role)
    assert_refused(desk.write("end", desk.mark("inspector"), *by), 14, role)
    if role != "decider":
        assert_refused(desk.write("compromise", desk.mark("inspector"), "--reason", "lost", *by), 14, role)
    assert desk.shown()["size"] == size


@pytest.mark.parametrize("role", ["owner", "decider"])
def test_who_enrols_or_decides_does_not_look_at_devices(desk, image, role):
    key = desk.enrolled(role, "--role", role)
    said = desk.record("inspect", image, "--key", key)
    assert_refused(said, 14, f"role {role} may not state", "--key FILE")
    assert said.out == ""
    assert desk.shown()["devices"] == []


def test_whoever_looks_at_devices_may_register_one_and_a_decider_may_not(desk):
    for role in ("inspector", "agent", "importer", "auditor"):
        key = desk.enrolled(role, "--role", role)
        assert desk.done("device", "stick", "--asset-tag", f"S-{role}", "--key", key)["device"]
    decider = desk.enrolled("decider", "--role", "decider")
    assert_refused(desk.write("device", "stick", "--key", decider), 14, "role decider may not")
    assert len(desk.shown()["devices"]) == 4


def test_only_an_auditor_says_that_the_log_was_replayed(desk):
    auditor = desk.enrolled("auditor", "--role", "auditor")
    stated = desk.done("fsck", "--state", "--key", auditor)
    assert stated["size"] == 6 and stated["receipts"][0]["status"] == "durable"
    for name in ("owner", "inspector"):
        said = desk.write("fsck", "--state", "--key", desk.keys / f"{name}.key")
        assert_refused(said, 14, f"role {name} may not state a fact of the kind replay")
        assert said.out == ""


def test_a_fact_is_withdrawn_by_its_signer_or_a_decider_and_nobody_else(desk, image, tmp_path):
    # Another image the second time: one look in one second, signed by one key, is one fact.
    (tmp_path / "blank.img").write_bytes(bytes(1 << 20))
    alex, sam = (desk.enrolled(name, "--role", "inspector") for name in ("alex", "sam"))
    decider = desk.enrolled("decider", "--role", "decider")
    for number, medium in enumerate((image, tmp_path / "blank.img"), 1):
        receipt = desk.recorded("inspect", medium, "--key", alex)["receipts"][-1]
        leaf = receipt["leaves"][0]
        wish = ("retract", leaf, "--reason", "recorded_in_error")
        assert_refused(desk.write(*wish, "--key", sam), 14, "the key that signed it, or by a decider")
        assert_refused(desk.write(*wish, "--key", desk.keys / "owner.key"), 14, "the key that signed it")
        desk.done(*wish, "--key", alex if number == 1 else decider)
        assert_refused(desk.write(*wish, "--key", decider), 16, "withdrawn already")


def test_what_a_contractor_signs_is_claimed_until_the_controller_looks(desk, image):
    bins = desk.enrolled("bins", "--role", "inspector", "--new-organisation", "Bins & Sons")
    device = desk.recorded("inspect", image, "--key", bins)["device"]
    facts = desk.shown(device)["facts"]
    assert [(one["kind"], one["grade"], one["relation"]) for one in facts] == [
        ("registration", None, "processor"),
        ("inspection", "claimed", "processor"),
    ]
    (registered,) = desk.shown()["devices"]
    assert {one["id"]: one["name"] for one in desk.shown()["organisations"]}[
        registered["organisation"]
    ] == "Bins & Sons"
    desk.recorded("inspect", image)
    assert [one["grade"] for one in desk.shown(device)["facts"]] == [None, "claimed", "observed"]
    assert "inspection, claimed" in desk.ledger("show", device).out
    assert "of Bins & Sons, a processor" in desk.ledger("show", device).out


@pytest.mark.parametrize("role", ["owner", "decider"])
def test_owners_and_deciders_are_the_controllers_own(desk, role):
    key = desk.new_key("bins")
    said = desk.write("enrol", f"{key}.pub", "--role", role, "--new-organisation", "Bins & Sons")
    assert_refused(said, 14, f"role {role} is the controller's own")
    assert len(desk.shown()["organisations"]) == 1


def test_a_key_that_nobody_enrolled_records_nothing(desk, image):
    stranger = desk.new_key("stranger")
    said = desk.record("inspect", image, "--key", stranger)
    assert_refused(said, 14, "not enrolled", "ledger enrol")
    assert_refused(desk.write("device", "stick", "--key", stranger), 14, "not enrolled")
    assert desk.shown()["size"] == 5


def test_a_key_that_has_ended_or_is_compromised_records_nothing(desk, image):
    alex, sam = (desk.enrolled(name, "--role", "inspector") for name in ("alex", "sam"))
    desk.done("end", mark_of(alex))
    assert_refused(desk.record("inspect", image, "--key", alex), 14, "has ended")
    desk.done("compromise", mark_of(sam), "--reason", "stolen")
    assert_refused(desk.record("inspect", image, "--key", sam), 14, "compromised")
    again = desk.write("enrol", f"{alex}.pub", "--role", "inspector")
    assert_refused(again, 14, "enrolled already, or was")


def test_ending_an_organisation_ends_its_keys(desk, image):
    bins = desk.enrolled("bins", "--role", "inspector", "--new-organisation", "Bins & Sons")
    second = desk.enrolled("second", "--role", "agent", "--organisation", "Bins & Sons")
    desk.done("end", "Bins & Sons")
    for key in (bins, second):
        assert_refused(desk.record("inspect", image, "--key", key), 14, "has ended")
    assert [one["ended"] is None for one in desk.shown()["organisations"]] == [True, False]


def test_the_last_owner_and_the_controller_stay(desk):
    assert_refused(desk.write("end", desk.mark("owner")), 14, "last owner")
    controller = desk.shown()["organisations"][0]["id"]
    assert_refused(desk.write("end", controller), 14, "whose ledger it is")


def test_the_key_of_the_log_states_no_fact(desk, image):
    assert_refused(desk.record("inspect", image, "--key", desk.keys / "log.key"), 14, "not enrolled")
    log_public = desk.keys / "log.key.pub"
    assert_refused(desk.write("enrol", log_public, "--role", "inspector"), 14, "key of a log")
    said = desk.write("compromise", desk.shown()["log_key"], "--reason", "stolen")
    assert_refused(said, 16, "the key of the log itself", "recover --anyway")
