from __future__ import annotations

from pathlib import Path

import pytest

from cheap_age import write_cheap_key
from ledger.world import OWNER, made_key
from lossproof.errors import InputError, PolicyError
from lossproof.jobs import recovering
from lossproof.jobs.recovering import log_key_file, recover_store
from lossproof.ledger import store as stores
from lossproof.ledger.keys import Secret, open_key, read_public
from lossproof.ledger.store import create, open_ledger

PASSPHRASE = Secret("made up words")


@pytest.fixture
def store(tmp_path, monkeypatch) -> Path:
    def save_cheap(path, key, passphrase):
        return write_cheap_key(path, passphrase.reveal(), key).public

    monkeypatch.setattr(stores, "save_key", save_cheap)
    monkeypatch.setattr(recovering, "save_key", save_cheap)
    create(str(tmp_path / "store"), None, PASSPHRASE).close()
    return tmp_path / "store"


def test_the_key_of_a_log_is_found_by_its_public_half(store, tmp_path):
    folder = tmp_path / "store.keys"
    public = read_public(folder / "log.key.pub")
    assert log_key_file(folder, public) == folder / "log.key"
    assert log_key_file(folder, OWNER.public) is None
    assert log_key_file(tmp_path / "none", public) is None
    (folder / "log.key").rename(folder / "log-7.key")
    (folder / "log.key.pub").rename(folder / "log-7.key.pub")
    assert log_key_file(folder, public) == folder / "log-7.key"
    (folder / "log-0.key").write_text("nonsense")
    (folder / "log-0.key.pub").write_text("nonsense")
    assert log_key_file(folder, public) == folder / "log-7.key"
    # The public half alone signs nothing.
    (folder / "log-7.key").unlink()
    assert log_key_file(folder, public) is None


def test_each_new_log_has_a_key_of_its_own_beside_the_old_ones(store, tmp_path):
    folder = tmp_path / "store.keys"
    owner = open_key(folder / "owner.key", PASSPHRASE)
    origins = []
    for number in (2, 3):
        with recover_store(str(store), folder, owner, PASSPHRASE).ledger as ledger:
            origins.append(ledger.log.origin)
            assert log_key_file(folder, ledger.log.public) == folder / f"log-{number}.key"
    with open_ledger(str(store)) as ledger:
        assert ledger.log.origin == origins[1] != origins[0]


def test_who_is_no_owner_begins_no_log_and_a_second_try_goes_on(store, tmp_path):
    folder = tmp_path / "store.keys"
    with pytest.raises(PolicyError, match="owner"):
        recover_store(str(store), folder, made_key("stranger"), PASSPHRASE)
    with open_ledger(str(store)) as ledger:
        assert ledger.log.number == 1
    assert not list(folder.glob("log-*"))
    owner = open_key(folder / "owner.key", PASSPHRASE)
    with recover_store(str(store), folder, owner, PASSPHRASE).ledger as ledger:
        assert (ledger.log.number, ledger.behind) == (2, "")
    with pytest.raises(InputError):
        recover_store(str(tmp_path / "none"), folder, owner, PASSPHRASE)
