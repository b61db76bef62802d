from __future__ import annotations

from dataclasses import replace

import pytest

from lossproof.errors import PolicyError, StoreError
from lossproof.ledger.erasable import Erased, KeptManifest, Opened, behind, manifest_of
from lossproof.ledger.replay import replay
from lossproof.model.fact import Relation
from lossproof.model.facts.custody import CustodyEvent
from lossproof.register.retention.schedule import SHIPPED, parse_schedule
from register.retention import filled

NAME, EMAIL = "Una Maltravers", "una@example.org"


def schedule():
    from lossproof.register.retention.kinds import kinds

    return parse_schedule(SHIPPED.read_bytes(), kinds())


def days(what: str) -> int:
    return next(line.after_days for line in schedule().lines if line.what == what)


def swept(site, *, dry_run: bool = False) -> dict[str, int]:
    """What went, by kind; kinds of which nothing went are left out."""
    from lossproof.register.retention.sweep import sweep

    return {one.what: one.erased for one in sweep(site.ledger, schedule(), dry_run=dry_run) if one.erased}


def everything(site) -> str:
    """All that stands in the store, as text."""
    from lossproof.register.database import the_database

    database, found = the_database(), []
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    for (name,) in names:
        found += [repr(row) for row in database.execute(f'SELECT * FROM "{name}"')]
    return "\n".join(found)


@pytest.mark.parametrize(
    "what",
    ["sessions", "access_looks", "account_acts", "accept_links", "one_time_links", "enrolment_codes", "import_runs"],
)
def test_rows_go_on_their_day_and_not_before(either_site, what):
    site = either_site
    filled.rows_of_everything(site)
    if days(what):
        filled.just_before(site, days(what))
        assert what not in swept(site, dry_run=True)
        site.clock.turn(minutes=2)
    assert swept(site, dry_run=True)[what] == 1
    assert swept(site, dry_run=True)[what] == 1, "a dry run erases nothing"
    assert swept(site)[what] == 1
    assert what not in swept(site)


def test_a_person_who_left_is_forgotten_and_the_log_stays(either_site):
    from lossproof.register.accounts.models import Account
    from lossproof.register.retention.models import Erasure, Sweep

    site = either_site
    who = filled.person(site, NAME, EMAIL)
    still = filled.person(site, "Tom Renshaw", "tom@example.org", ended=False)
    text = filled.signed_text(site, who, f"{NAME} takes a stick")
    size = site.ledger.reader.size
    filled.just_before(site, days("accounts"))
    assert "accounts" not in swept(site)
    site.clock.turn(minutes=2)
    assert swept(site)["accounts"] == 1
    gone = Account.objects.get(id=who)
    assert (gone.name, gone.email, gone.is_active, gone.has_usable_password()) == ("", None, False, False)
    assert gone.organisation == site.controller
    assert not gone.authenticator_set.exists() and not gone.onetimelink_set.exists()
    assert Account.objects.get(id=still).name == "Tom Renshaw"
    assert str(Erasure.objects.get(key=who)) == f"erased on {site.clock.at:%Y-%m-%d} under account_ended"
    row = Sweep.objects.get(what="accounts")
    assert (row.erased, row.rule, row.schedule) == (1, "account_ended", schedule().digest)
    from lossproof.register.custody.models import SignedText

    assert SignedText.objects.get(digest=text).text, "what was signed has days of its own"
    assert site.ledger.reader.size == size
    assert replay(site.ledger.reader).size == size
    assert swept(site) == {}


def test_nothing_in_an_sqlite_store_says_who_it_was(site):
    filled.person(site, NAME, EMAIL)
    assert NAME in everything(site) and EMAIL in everything(site)
    filled.just_after(site, days("accounts"))
    swept(site)
    assert NAME not in everything(site) and EMAIL not in everything(site)
    from django.db import connection

    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = (site.folder / "made.ledger").read_bytes()
    assert EMAIL.encode() not in raw and NAME.encode() not in raw


def test_who_has_a_device_or_lost_one_is_not_forgotten(site):
    who = filled.person(site, NAME, EMAIL)
    stick = filled.device(site, tag="S-17")
    filled.hand_over(site, stick, who)
    filled.just_after(site, days("accounts"))
    assert "accounts" not in swept(site)
    filled.custody(site, stick, CustodyEvent.MISSING)
    assert "accounts" not in swept(site)
    filled.custody(site, stick, CustodyEvent.FOUND)
    filled.custody(site, stick, CustodyEvent.QUARANTINED)
    assert swept(site)["accounts"] == 1


def test_what_somebody_signed_goes_when_they_have_none_of_it_any_more(either_site):
    site = either_site
    who = site.people["staff"]
    one, two = filled.device(site, tag="S-17"), filled.device(site, tag="S-18")
    for stick in (one, two):
        filled.hand_over(site, stick, who)
    filled.signed_text(site, who, "takes two sticks")
    filled.just_after(site, days("signed_texts"))
    assert "signed_texts" not in swept(site)
    filled.custody(site, one, CustodyEvent.RETURNED)
    assert "signed_texts" not in swept(site)
    filled.custody(site, two, CustodyEvent.MISSING)
    assert "signed_texts" not in swept(site)
    filled.custody(site, two, CustodyEvent.FOUND)
    assert "signed_texts" not in swept(site)
    filled.custody(site, two, CustodyEvent.QUARANTINED)
    filled.custody(site, two, CustodyEvent.RESTOCKED)
    assert swept(site)["signed_texts"] == 1
    assert swept(site) == {}


def test_what_a_device_was_called_and_its_lists_go_when_it_has_ended(either_site):
    site = either_site
    gone, kept = filled.device(site, serial="AA-0017", tag="S-17"), filled.device(site, tag="S-18")
    names = [digest for _, digest in site.ledger.projection.device(gone).identifiers]
    listed, other = filled.sealed_list(site, gone, b"sealed"), filled.sealed_list(site, kept, b"other")
    filled.end(site, gone)
    filled.just_before(site, days("device_lists"))
    assert swept(site) == {}
    site.clock.turn(minutes=2)
    assert swept(site) == {"device_lists": 1}
    database = site.ledger.database
    assert isinstance(manifest_of(database, listed), Erased)
    assert isinstance(manifest_of(database, other), KeptManifest)
    assert all(isinstance(behind(database, name), Opened) for name in names)
    filled.just_after(site, days("device_names") - days("device_lists"))
    assert swept(site) == {"device_names": 1}
    assert [str(behind(database, name)) for name in names] == [
        f"erased on {site.clock.at:%Y-%m-%d} under device_ended"
    ] * 2
    assert swept(site) == {}


def test_a_device_that_is_asked_after_keeps_everything(site):
    stick = filled.device(site, tag="S-17")
    for content in (b"first", b"second"):
        filled.sealed_list(site, stick, content)
        site.clock.turn(minutes=1)
    filled.custody(site, stick, CustodyEvent.MISSING)
    filled.end(site, stick)
    filled.just_after(site, 10 * 365)
    assert swept(site) == {}


def test_an_older_list_goes_when_a_whole_newer_one_has_replaced_it_long_enough(either_site):
    site = either_site
    stick = filled.device(site, tag="S-17")
    lists = []
    for content, interrupted in ((b"first", False), (b"second", False), (b"cut short", True)):
        lists.append(filled.sealed_list(site, stick, content, interrupted=interrupted))
        site.clock.turn(days=1)
    site.clock.turn(days=days("replaced_lists") - 2, minutes=-1)
    assert swept(site) == {}
    site.clock.turn(minutes=2)
    assert swept(site) == {"replaced_lists": 1}
    kept = [isinstance(manifest_of(site.ledger.database, one), KeptManifest) for one in lists]
    assert kept == [False, True, True]
    filled.just_after(site, 400)
    assert swept(site) == {}


def test_the_name_of_an_organisation_goes_when_it_has_ended(site):
    from lossproof.jobs.enrolling import organisation_names
    from lossproof.register.organisations import acts

    made = acts.new_organisation(site.ledger, site.key, name="A. Coldbrook, sole trader", relation=Relation.PROCESSOR)
    filled.end(site, made)
    filled.just_after(site, days("organisation_names"))
    assert swept(site) == {"organisation_names": 1}
    assert "Coldbrook" not in everything(site)
    assert site.contractor in organisation_names(site.ledger)
    assert swept(site) == {}


def test_the_label_of_a_key_goes_when_the_key_has_ended(site):
    from lossproof.register.evidence.models import EnrolmentCode

    filled.rows_of_everything(site)
    mark = filled.inspector(site).keyid
    EnrolmentCode.objects.update(fingerprint=mark)
    filled.just_after(site, 10 * days("enrolment_codes"))
    assert "enrolment_codes" not in swept(site)
    from lossproof.jobs.stating import register
    from lossproof.model.fact import key_subject
    from lossproof.model.facts.registration import Action, Registration

    with site.ledger.write() as writer:
        fact = Registration(true_at=filled.now(site), action=Action.ENDED)
        register(writer, site.owner, key_subject(mark), fact)
    filled.just_after(site, days("enrolment_codes"))
    assert swept(site)["enrolment_codes"] == 1


def test_rebuilding_after_an_erasure_gives_the_same_rows(either_site):
    from lossproof.register.projection import catch_up, rebuild
    from lossproof.register.projection.schema import TABLES

    site = either_site
    who = filled.person(site, NAME, EMAIL)
    stick = filled.device(site, serial="AA-0017", tag="S-17")
    filled.hand_over(site, stick, who)
    filled.custody(site, stick, CustodyEvent.RETURNED)
    filled.sealed_list(site, stick, b"sealed")
    filled.end(site, stick)
    filled.just_after(site, 10 * 365)

    def rows():
        catch_up(site.ledger)
        return {name: sorted(map(repr, site.ledger.database.execute(f"SELECT * FROM {name}"))) for name in TABLES}

    before = rows()
    rebuild(site.ledger)
    assert rows() == before
    assert set(swept(site)) == {"account_acts", "accounts", "device_lists", "device_names"}
    rebuild(site.ledger)
    assert rows() == before


def test_a_store_that_is_behind_is_not_swept(site):
    from lossproof.register.retention.sweep import sweep

    filled.rows_of_everything(site)
    (site.options.keys / "checkpoint").write_bytes(b"of another log\n")
    with pytest.raises(StoreError):
        sweep(site.ledger, schedule())


def test_a_kind_that_fails_half_way_undoes_its_own_part(site, monkeypatch):
    from lossproof.register.retention import kinds as found
    from lossproof.register.retention.models import Sweep

    filled.rows_of_everything(site)
    filled.just_after(site, 10 * 365)
    kind = found.kinds()["access_looks"]

    def erase_then_fail(ledger, keys, ground):
        kind.erase(ledger, keys, ground)
        raise PolicyError("no")

    changed = {**found.kinds(), "access_looks": replace(kind, erase=erase_then_fail)}
    from lossproof.register.retention import sweep as sweeping

    monkeypatch.setattr(sweeping, "kinds", lambda: changed)
    with pytest.raises(PolicyError):
        swept(site)
    from lossproof.register.access.models import Look

    assert Look.objects.count() == 1
    assert [row.what for row in Sweep.objects.order_by("id")] == ["accept_links"]
