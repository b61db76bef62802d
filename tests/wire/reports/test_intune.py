"""What Intune says, as devices. Its outputs are written after documentation: recorded/README.md."""

from __future__ import annotations

import pytest

from wire.reports.reading import devices, document, report, seen


@pytest.mark.parametrize("name", ["intune.json", "intune.csv"])
def test_encrypted_without_a_secret_shown_is_unknown_and_not_encrypted_is_unprotected(name):
    found = {one.names[0]: seen(one)[0] for one in devices(report(name))}
    assert found["IT-0042"] == "unknown"
    assert found["IT-0043"] == "unprotected"
    assert all(one.serial is None and one.seen_at is None for one in devices(report(name)))


def test_a_volume_that_the_details_call_unprotected_is_seen():
    unwell = devices(report("intune.json"))[1]
    assert seen(unwell)[0] == "partial"


@pytest.mark.parametrize("state", ["", None, "unknown", "Encrypting", 1, ["encrypted"] * 2])
def test_a_state_that_is_not_known_is_a_doubt(state):
    changed = document("intune.json")
    changed["value"][0]["encryptionState"] = state
    assert seen(devices(changed)[0]) == ("unknown", {"encryption_not_shown", "container_not_opened"})


def test_a_list_without_its_wrapping_is_read():
    assert len(devices(document("intune.json")["value"])) == 3
