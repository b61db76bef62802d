"""`lossproof ledger key`, `enrol`, `end` and `compromise` as they are typed: who may sign, from when on, until when."""

from __future__ import annotations

import pytest

from cli.desk import PASSPHRASE, assert_refused, mark_of
from lossproof.ledger.keys import Secret, open_key
from lossproof.report.pack_words import grouped


def test_a_key_is_made_and_its_fingerprint_is_to_be_read_out(desk):
    path = desk.folder / "alex.key"
    said = desk.say("ledger", "key", path, "--passphrase-file", desk.passphrase)
    assert (said.status, said.err) == (0, "")
    assert f"fingerprint: {grouped(mark_of(path))}" in said.out
    assert "alex.key.pub" in said.out and PASSPHRASE not in said.out
    assert open_key(path, Secret(PASSPHRASE)).keyid == mark_of(path)
    again = desk.say("ledger", "key", path)
    assert_refused(again, 15, "is there already")
    assert_refused(desk.say("ledger", "key", desk.folder / "no" / "alex.key"), 16, "no such folder")
    assert_refused(desk.say("ledger", "key", desk.folder / "sam.key"), 13, "nobody to ask", "--passphrase-file FILE")
    shape = desk.say("ledger", "key", desk.folder / "sam.key", "--passphrase-file", desk.passphrase, "--json").shape
    assert set(shape) == {"key", "public", "fingerprint"}


def test_a_key_is_enrolled_only_with_the_fingerprint_that_was_read_out(desk):
    path = desk.new_key("alex")
    wish = ("enrol", f"{path}.pub", "--role", "inspector", "--fingerprint")
    assert_refused(desk.write(*wish, "00" * 32), 16, "another", grouped(mark_of(path)))
    said = desk.write(*wish, grouped(mark_of(path)).upper())
    assert (said.status, said.err) == (0, "")
    assert f"fingerprint: {grouped(mark_of(path))}" in said.out
    assert "covered by the signed checkpoint" in said.out
    assert [one["role"] for one in desk.shown()["keys"]] == ["owner", "inspector", "inspector"]


def test_wrong_wishes_are_said_before_anybody_is_asked_for_a_passphrase(desk):
    path = desk.new_key("alex")

    def enrol(*words: object):
        return desk.ledger("enrol", *words)  # no passphrase file: there is nobody to ask

    assert_refused(enrol(f"{path}.pub"), 16, "a role", "--role")
    assert_refused(enrol(f"{path}.pub", "--role", "agent", "--relation", "auditor"), 16, "--new-organisation")
    assert_refused(enrol(path, "--role", "agent"), 10, "not a public key")
    assert_refused(enrol(desk.folder / "none.pub", "--role", "agent"), 16, "none.pub")
    assert_refused(enrol("age1nonsense"), 10)
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    assert_refused(enrol(recipient, "--role", "agent"), 16, "--role is for keys")
    assert_refused(enrol(f"{path}.pub", "--role", "agent"), 13, "nobody to ask", "--key-passphrase-file FILE")
    assert enrol(f"{path}.pub", "--role", "king").status == 2
    assert enrol(f"{path}.pub", "--role", "agent", "--new-organisation", " ").status == 2
    assert enrol(f"{path}.pub", "--role", "agent", "--new-organisation", "x" * 501).status == 2


def test_a_second_key_of_a_contractor_finds_its_organisation_by_name(desk):
    desk.enrolled("bins", "--role", "agent", "--new-organisation", "Bins & Sons")
    second = desk.enrolled("second", "--role", "inspector", "--organisation", "Bins & Sons")
    shown = desk.shown()
    (bins,) = (one["id"] for one in shown["organisations"] if one["name"] == "Bins & Sons")
    homes = {one["fingerprint"]: one["organisation"] for one in shown["keys"]}
    assert homes[mark_of(second)] == bins
    third = desk.new_key("third")
    wish = ("enrol", f"{third}.pub", "--role", "agent")
    assert_refused(desk.write(*wish, "--new-organisation", "Bins & Sons"), 16, "already", "--organisation")
    assert_refused(desk.write(*wish, "--organisation", "Bins & Daughters"), 16, "no such organisation")
    assert_refused(desk.write(*wish, "--organisation", bins, "--new-organisation", "X"), 16, "one organisation")
    text = desk.ledger("show").out
    assert "agent  of Bins & Sons" in text and f"{bins}  processor  Bins & Sons" in text


def test_a_rotated_key_takes_over_role_and_organisation_and_the_old_one_ends(desk):
    old = desk.enrolled("old", "--role", "auditor", "--new-organisation", "Lyme Audit", "--relation", "auditor")
    new = desk.new_key("new")
    desk.done("enrol", f"{new}.pub", "--replaces", grouped(mark_of(old)))
    keys = {one["fingerprint"]: one for one in desk.shown()["keys"]}
    assert keys[mark_of(new)]["role"] == "auditor"
    assert keys[mark_of(new)]["organisation"] == keys[mark_of(old)]["organisation"]
    assert keys[mark_of(old)]["ended"] is not None and keys[mark_of(new)]["ended"] is None
    third = desk.new_key("third")
    assert_refused(desk.write("enrol", f"{third}.pub", "--replaces", mark_of(old)), 16, "or has ended", "ledger show")
    assert_refused(desk.write("enrol", f"{third}.pub", "--replaces", "00" * 32), 16, "not enrolled")


def test_the_owners_own_key_can_be_rotated(desk):
    new = desk.new_key("owner2")
    desk.done("enrol", f"{new}.pub", "--replaces", desk.mark("owner"))
    third = desk.new_key("third")
    wish = ("enrol", f"{third}.pub", "--role", "inspector")
    assert_refused(desk.write(*wish), 14, "ended")
    desk.done(*wish, "--key", new)


def test_a_compromised_key_is_named_with_all_that_relied_on_it(desk):
    alex = desk.enrolled("alex", "--role", "inspector")
    device = desk.done("device", "stick", "--asset-tag", "S-17", "--key", alex)
    (leaf,) = device["receipts"][0]["leaves"]
    said = desk.write("compromise", grouped(mark_of(alex)), "--reason", "stolen")
    assert (said.status, said.err) == (0, "")
    assert f"signed with this key: 1 leaf\n  {leaf}\n" in said.out
    (fact,) = desk.shown("S-17")["facts"]
    assert fact["key_compromised"] == desk.shown()["size"] - 1
    assert "IN DOUBT" in desk.ledger("show", "S-17").out
    assert_refused(desk.write("compromise", mark_of(alex), "--reason", "lost"), 16, "already")
    assert_refused(desk.write("compromise", "00" * 32, "--reason", "lost"), 16, "no such key", "ledger show")
    sam = desk.enrolled("sam", "--role", "agent")
    assert desk.done("compromise", mark_of(sam), "--reason", "lost")["facts_signed_by_this_key"] == []


@pytest.mark.parametrize("what", ["key", "recipient", "organisation", "device"])
def test_whatever_is_registered_can_end_and_stays_in_the_log(desk, what):
    recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    alex = desk.enrolled("alex", "--role", "agent", "--new-organisation", "Bins & Sons")
    desk.done("enrol", recipient)
    desk.done("device", "stick", "--asset-tag", "S-17")
    names = {"key": grouped(mark_of(alex)), "recipient": recipient, "organisation": "Bins & Sons", "device": "S-17"}
    ended = desk.done("end", names[what])
    assert set(ended) == {what, "receipts"}
    shown = desk.shown()
    (gone,) = (one for one in shown[f"{what}s"] if one["ended"] is not None)
    assert f"ended by leaf {gone['ended']}" in desk.ledger("show").out
    size = shown["size"]
    assert_refused(desk.write("end", names[what]), 16)
    assert desk.shown()["size"] == size
    assert_refused(desk.write("end", "nothing of the kind"), 16, "no such device")
