"""A whole register is copied while it is served, and put back: accounts, signed texts and the log alike."""

from __future__ import annotations

from lossproof.ledger.backup import back_up, restore
from lossproof.ledger.database import open_database
from register.retention import filled

TABLES = (
    "accounts_account",
    "custody_signedtext",
    "access_look",
    "mfa_authenticator",
    "register_device",
    "ledger_leaf",
)


def new_store(site) -> str:
    """The name of a store that is not there yet, of the same kind."""
    if not site.options.store.startswith("postgresql"):
        return str(site.folder / "new.ledger")
    from django.db import connection

    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS put_back_register")
        cursor.execute("CREATE DATABASE put_back_register")
    before, _, after = site.options.store.partition("@/")
    return f"{before}@/put_back_register?{after.partition('?')[2]}"


def rows(store: str) -> dict[str, list[str]]:
    with open_database(store) as database:
        return {name: sorted(map(repr, database.execute(f"SELECT * FROM {name}"))) for name in TABLES}


def test_a_register_is_copied_and_put_back_whole(either_site):
    site = either_site
    who = filled.person(site, "Una Maltravers", "una@example.org", ended=False)
    stick = filled.device(site, serial="AA-0017", tag="S-17")
    filled.hand_over(site, stick, who)
    filled.signed_text(site, who, "takes a stick")
    filled.rows_of_everything(site)
    from lossproof.register.projection import catch_up

    catch_up(site.ledger)
    copy = site.folder / "copy"
    done = back_up(site.options.store, copy)
    new = new_store(site)
    put_back = restore(copy, new, site.options.keys)
    assert (put_back.logs, put_back.behind, put_back.compared) == (done.logs, "", True)
    found = rows(new)
    assert found == rows(site.options.store)
    assert all(found.values())
