"""`lossproof agent` and `--report-to`, as people type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.stand_in import CODE, StandIn
from cli.command import Said
from cli.desk import Desk, assert_refused, cheap_keys
from jobs.people_files import with_people
from lossproof.agent import state as states
from lossproof.model.fact import Role
from vector_files import cases

__all__ = ["cheap_keys"]


class Machine:
    """A computer that is not the register's: its state folder, and a file with a code."""

    def __init__(self, folder: Path, url: str) -> None:
        self._desk = Desk(folder)
        self.folder, self.url, self.state = folder, url, folder / "state"
        self.code = folder / "code"
        self.code.write_text(f"{CODE[:4]}-{CODE[4:]}\n")
        self.passphrase = self._desk.passphrase

    def say(self, *words: object) -> Said:
        return self._desk.say(*words)

    def enrol(self, *more: object) -> Said:
        return self.say("agent", "enrol", self.url, "--code-file", self.code, "--state", self.state, *more)

    def report(self, command: str, *words: object) -> Said:
        return self.say(command, *words, "--report-to", self.url, "--state", self.state)


@pytest.fixture
def machine(register: StandIn, tmp_path: Path) -> Machine:
    return Machine(tmp_path, register.url)


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    path = tmp_path / "locked.img"
    path.write_bytes(next(case.image for case in cases("luks2") if case.expect.get("protection") == "protected"))
    return path


def test_an_agent_is_enrolled_and_says_what_its_key_is_worth(machine):
    said = machine.enrol()
    assert said.status == 0 and said.err == ""
    assert said.out.startswith(f"enrolled as agent, its state in {machine.state}\nfingerprint: ")
    assert "without a passphrase" in said.out
    assert_refused(machine.enrol(), 16, "enrolled already", "--state")


def test_a_persons_key_is_protected_and_asked_for(machine, locked, cheap_keys, monkeypatch):
    monkeypatch.setattr(states, "save_key", __import__("lossproof.ledger.keys", fromlist=["save_key"]).save_key)
    said = machine.enrol("--key-passphrase-file", machine.passphrase)
    assert said.status == 0 and "without a passphrase" not in said.out
    assert b"AGE ENCRYPTED" in (machine.state / "reporter.key").read_bytes()
    assert_refused(machine.report("inspect", locked), 13, "nobody to ask", "--key-passphrase-file")
    done = machine.report("inspect", locked, "--key-passphrase-file", machine.passphrase)
    assert done.status == 0 and "the register recorded it as leaves" in done.out


@pytest.mark.parametrize(("content", "word"), [(b"", "no code"), (b"\xff", "UTF-8")])
def test_a_code_file_without_a_code_is_refused(machine, content, word):
    machine.code.write_bytes(content)
    assert_refused(machine.enrol(), 16, word)
    assert not machine.state.exists()


def test_nobody_to_ask_for_the_code(machine):
    said = machine.say("agent", "enrol", machine.url, "--state", machine.state)
    assert_refused(said, 13, "one-time code", "--code-file")


def test_what_was_checked_is_reported_and_the_receipt_stands_below_the_answer(machine, locked, world):
    machine.enrol()
    said = machine.report("check", locked)
    assert said.status == 0, said
    answer, _, receipt = said.out.partition("\n\nDevice ")
    assert answer and "registered just now" in receipt
    assert "the register recorded it as leaves 6 (registration), 7 (inspection), 8 (holding), known at" in receipt
    assert "covered by the signed checkpoint of 9 leaves" in receipt
    again = json.loads(machine.report("check", locked, "--json").out)["reported"]
    assert (again["status"], again["registered"], again["known_by"]) == ("sent", False, "header_sha256")
    assert again["outcomes"][-1]["status"] == "accepted"
    assert len(world.reader.chain(again["device"])) >= 4  # within one second two inspections are one and the same fact


def test_people_are_sealed_to_the_registers_recipient_or_counted_alone(machine, world, tmp_path):
    machine.enrol()
    folder = with_people(tmp_path / "people")
    assert_refused(machine.report("discover", folder), 16, "does not say which device", "--device")
    device = world.new_id()
    world.append(world.device(device))
    said = machine.report("discover", folder, "--device", device)
    assert said.status == 1 and f"the list of people is sealed to {world.recipient}" in said.out
    rows = world.database.execute("SELECT device, length(ciphertext) FROM ledger_manifest")
    assert rows[0][0] == device and rows[0][1] > 200
    alone = machine.report("discover", folder, "--device", device, "--counts-alone")
    assert "counts alone are sent" in alone.out
    assert len(world.database.execute("SELECT 1 FROM ledger_manifest")) == 1
    refused = machine.report("discover", folder, "--device", "my stick")
    assert_refused(refused, 16, "not known here", "as the register shows it")


def test_a_register_that_is_away_costs_nothing(machine, register, locked, world):
    machine.enrol()
    register.__exit__()
    said = machine.report("inspect", locked)
    assert said.status == 0 and "queued: 127.0.0.1 cannot be reached; it is sent with the next run" in said.out
    away = json.loads(machine.report("inspect", locked, "--json").out)["reported"]
    assert (away["status"], away["outcomes"]) == ("queued", [])


def test_what_the_register_refuses_is_an_error_after_the_answer(machine, locked, world):
    machine.enrol()
    first = json.loads(machine.report("inspect", locked, "--json").out)["reported"]
    world.append(world.ended(first["device"]))
    said = machine.report("check", locked)
    assert said.status == 14 and said.out.startswith("NO: ")
    assert "the register did not take it: the device has ended" in said.err


def test_options_that_would_do_nothing_are_refused(machine, locked):
    assert_refused(machine.say("check", locked, "--state", machine.state), 16, "--state", "--report-to")
    assert_refused(machine.report("check", locked, "--record", "store"), 16, "one place")
    assert_refused(machine.report("check", locked, "--key", "x"), 16, "--record")
    assert_refused(machine.say("check", locked, "--device", "x"), 16, "--record STORE or --report-to URL")


def test_a_machine_that_is_not_enrolled_is_told_how(machine, locked):
    assert_refused(machine.report("check", locked), 16, "no reporter is enrolled", "agent enrol")
    assert_refused(machine.say("agent", "once", "--state", machine.state), 16, "no reporter is enrolled")
    assert_refused(machine.say("agent", "run", "--state", machine.state), 16, "no reporter is enrolled")


def test_once_looks_at_what_is_named_and_sends_it(machine, locked, world):
    machine.enrol()
    said = machine.say("agent", "once", locked, "--state", machine.state)
    assert said.status == 0, said
    assert f"{locked}: protected, device " in said.err and "the register has 3 more facts" in said.err
    assert len(world.projection.devices()) == 1
    inspected = machine.say("agent", "once", locked, "--inspect-only", "--state", machine.state)
    assert "the register has 1 more facts" in inspected.err
    missing = machine.say("agent", "once", machine.folder / "none", "--state", machine.state)
    assert missing.status == 1 and "no such file or device" in missing.err


@pytest.mark.parametrize("hours", ["0", "-1", "x", "nan", "99999"])
def test_a_schedule_that_is_none_is_wrong_usage(machine, hours):
    assert machine.say("agent", "run", "--every", hours).status == 2


@pytest.mark.parametrize("role", [Role.INSPECTOR])
def test_the_role_is_the_codes(world, tmp_path, role):
    with StandIn(world, role=role) as register:
        assert "enrolled as inspector" in Machine(tmp_path, register.url).enrol().out
