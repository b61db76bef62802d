"""A ledger in a real PostgreSQL, from the command line: the same words with a URL, and the keys' folder named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.desk import Desk, assert_refused
from ledger import postgresql_server
from vector_files import cases


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if reason := postgresql_server.missing():
        pytest.skip(reason)
    with postgresql_server.running() as server:
        yield server.new_store()


def test_a_ledger_in_postgresql_is_kept_shown_proved_and_checked(url, tmp_path, cheap_keys):
    here = Desk(tmp_path)
    keys = ("--keys", here.keys)
    assert_refused(here.say("ledger", "show", "--ledger", url, *keys), 10, "no ledger in this database", "ledger init")
    made = here.say("ledger", "init", url, *keys, "--passphrase-file", here.passphrase)
    assert (made.status, made.err) == (0, "")
    assert f"--keys {here.keys}" in made.out
    here.keys.rename(tmp_path / "moved")
    assert_refused(here.say("ledger", "init", url, *keys, "--passphrase-file", here.passphrase), 16, "already")
    assert not here.keys.exists()
    (tmp_path / "moved").rename(here.keys)

    here.store = url  # type: ignore[assignment]
    image = tmp_path / "locked.img"
    image.write_bytes(next(case.image for case in cases("luks2") if case.expect.get("protection") == "protected"))
    first, second = (here.recorded(command, image, *keys) for command in ("inspect", "check"))
    assert (first["registered"], second["registered"], first["device"]) == (True, False, second["device"])
    tag = here.done("device", "--change", first["device"], "--asset-tag", "S-17", *keys)
    assert tag["receipts"][0]["status"] == "durable"
    kinds = [one["kind"] for one in here.shown("S-17", *keys)["facts"]]
    assert set(kinds) == {"registration", "inspection", "holding"} and kinds.count("registration") == 2
    assert here.done("checkpoint", *keys)["size"] == here.shown(*keys)["size"]
    assert here.ledger("fsck", *keys).status == 0
    assert here.ledger("prove", 5, *keys).out.startswith("c2sp.org/tlog-proof")
    assert here.ledger("erase", "S-17", "--rule", "retention_ended", "--names", *keys, "--json").shape["names"] == 1
    assert here.ledger("show", first["device"]).status == 0


def test_wrong_urls_are_clear_lines(tmp_path, cheap_keys):
    here = Desk(tmp_path)
    show = ("ledger", "show", "--keys", here.keys, "--ledger")
    if postgresql_server.missing():
        pytest.skip("PostgreSQL's library may not be here either")
    said = here.say(*show, "postgresql://ann:secret@localhost/trust")
    assert_refused(said, 16, "holds a password", "password file")
    assert "secret" not in said.err
    assert_refused(here.say(*show, "postgresql://127.0.0.1:9/trust?connect_timeout=2"), 15, "cannot connect")
    assert_refused(here.say(*show, "postgresql://[/trust"), 16, "not one that PostgreSQL")
