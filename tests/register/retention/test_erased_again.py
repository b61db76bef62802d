"""What was erased stays erased when the store is put back from an older copy."""

from __future__ import annotations

import shutil

import pytest

from lossproof.errors import FormatError, StoreError
from lossproof.ledger.erasable import Opened, behind
from register.retention import filled
from register.retention.test_sweep import EMAIL, NAME, days, everything, swept

FILE = "erased"


@pytest.fixture
def again(site):
    """The module, which can be imported when Django is set up."""
    from lossproof.register.retention import erased_again

    assert erased_again.FILE == FILE
    return erased_again


def put_back(site, copy) -> None:
    """Make the store what it was."""
    from django.db import connection

    connection.close()
    for name in ("made.ledger-wal", "made.ledger-shm"):
        (site.folder / name).unlink(missing_ok=True)
    shutil.copy(copy, site.folder / "made.ledger")


def test_an_older_copy_does_not_bring_back_what_was_erased(site, again, tmp_path):
    from lossproof.ledger.backup import back_up
    from lossproof.register.accounts.models import Account

    who = filled.person(site, NAME, EMAIL)
    stick = filled.device(site, tag="S-17")
    filled.sealed_list(site, stick, b"sealed")
    filled.end(site, stick)
    copy = tmp_path / "copy"
    back_up(str(site.folder / "made.ledger"), copy)
    filled.just_after(site, days("device_names"))
    assert set(swept(site)) >= {"accounts", "device_names", "device_lists"}
    listed = (site.options.keys / FILE).read_text()
    assert len(listed.splitlines()) == 3 and NAME not in listed and "S-17" not in listed
    at = Account.objects.get(id=who).id

    put_back(site, copy)
    assert NAME in everything(site) and "S-17" in everything(site)
    assert swept(site, dry_run=True)["again"] == 3
    assert NAME in everything(site)
    assert swept(site)["again"] == 3
    assert NAME not in everything(site) and EMAIL not in everything(site) and "S-17" not in everything(site)
    assert Account.objects.get(id=at).email is None
    assert (site.options.keys / FILE).read_text() == listed
    assert "again" not in swept(site)


def test_a_copy_from_before_the_account_ended_does_not_bring_the_person_back(site, again, tmp_path):
    from lossproof.ledger.backup import back_up
    from lossproof.register.accounts import acts
    from lossproof.register.accounts.models import Account
    from lossproof.register.data_subjects.erasing import erase_at_request

    who = filled.person(site, NAME, EMAIL, ended=False)
    filled.signed_text(site, who, f"I, {NAME}, take a stick")
    copy = tmp_path / "copy"
    back_up(str(site.folder / "made.ledger"), copy)
    acts.end(site.ledger, site.key, Account.objects.get(id=who), version=1)
    erase_at_request(site.ledger, who, "person_asked")
    put_back(site, copy)
    assert again.erase_again(site.ledger) == 2
    assert NAME not in everything(site)
    found = Account.objects.get(id=who)
    assert (found.name, found.email, found.is_active) == ("", None, False)


def test_what_was_erased_by_another_command_is_noted_too(site, again):
    stick = filled.device(site, tag="S-17")
    from lossproof.jobs.erasing import erase_device

    erase_device(site.ledger, stick, "broken_in_two", names=True, lists=True)
    assert again.note_erased(site.ledger) == 1
    assert again.note_erased(site.ledger) == 0
    (line,) = again.read_list(site.options.keys / FILE)
    assert (line.what, line.rule) == ("value", "broken_in_two")


def test_a_line_that_was_cut_off_is_written_again_and_one_that_is_not_ours_is_refused(site, again):
    path = site.options.keys / FILE
    stick = filled.device(site, tag="S-17")
    from lossproof.jobs.erasing import erase_device

    erase_device(site.ledger, stick, "broken_in_two", names=True, lists=False)
    again.note_erased(site.ledger)
    whole = path.read_text()
    path.write_text(whole[:-9])
    assert again.read_list(path) == []
    assert again.note_erased(site.ledger) == 1 and path.read_text() == whole
    path.write_text("2026-11-23T00:00:00Z value Una person_asked\n")
    with pytest.raises(FormatError, match="line 1"):
        again.erase_again(site.ledger)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="cannot read"):
        again.erase_again(site.ledger)


def test_what_the_list_names_and_nobody_has_is_passed_over(site, again):
    path = site.options.keys / FILE
    lines = [
        f"2026-11-23T00:00:00Z {what} {'0f' * size} gone\n"
        for what, size in (("accounts", 16), ("value", 32), ("list", 32), ("text", 32))
    ]
    path.write_text("".join(lines))
    assert again.erase_again(site.ledger) == 0
    assert [one.what for one in again.read_list(path)] == ["accounts", "value", "list", "text"]
    stick = filled.device(site, tag="S-17")
    ((_, digest),) = site.ledger.projection.device(stick).identifiers
    assert isinstance(behind(site.ledger.database, digest), Opened)
