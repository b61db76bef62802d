"""The register's projection: tables that the facts of the log give back, written in the transaction that appends them.

with the_ledger().write() as writer:
    writer.append(...)
    apply(writer)

It reads and writes through `ledger.database.Database` and needs no Django; it is a Django app so that migrations make its tables.
"""

from __future__ import annotations

from lossproof.register.projection.applying import apply, begin, catch_up, prepare_rules, rebuild, refresh_due
from lossproof.register.projection.device_states import AsOf, states
from lossproof.register.projection.rules import keep_rules, kept_rules, rules_in_force
from lossproof.register.projection.verdicts import applied

__all__ = (
    "AsOf",
    "applied",
    "apply",
    "begin",
    "catch_up",
    "keep_rules",
    "kept_rules",
    "prepare_rules",
    "rebuild",
    "refresh_due",
    "rules_in_force",
    "states",
)
