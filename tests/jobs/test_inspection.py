"""The medium below a folder: inspected where it is encrypted and may be read, and never guessed at."""

from __future__ import annotations

import pytest

from jobs.people_files import COUNT, codes, with_people
from lossproof.block import backing
from lossproof.errors import FormatError, InputError
from lossproof.jobs.check import check
from lossproof.jobs.inspection import inspect_below, inspect_target
from lossproof.model.volume import Protection
from vector_files import cases


def devices(tmp_path, *protections: str):
    """Images that stand for devices, one of each of these protections."""
    paths = []
    for number, protection in enumerate(protections):
        path = tmp_path / f"device{number}"
        path.write_bytes(next(case.image for case in cases("luks2") if case.expect.get("protection") == protection))
        paths.append(path)
    return tuple(paths)


def test_a_folder_on_no_encrypted_device_has_no_inspection(tmp_path, monkeypatch):
    monkeypatch.setattr(backing, "encrypted_devices", lambda folder: ())
    assert inspect_below(tmp_path) is None


def test_the_worst_of_several_devices_counts(tmp_path, monkeypatch):
    found = devices(tmp_path, "protected", "unprotected", "weak")
    monkeypatch.setattr(backing, "encrypted_devices", lambda folder: found)
    assert inspect_below(tmp_path).protection is Protection.UNPROTECTED
    monkeypatch.setattr(backing, "encrypted_devices", lambda folder: found[:1])
    assert inspect_below(tmp_path).protection is Protection.PROTECTED


def test_a_device_that_may_not_be_read_or_a_folder_that_is_gone_proves_nothing(tmp_path, monkeypatch):
    assert inspect_below(tmp_path / "gone") is None
    found = (*devices(tmp_path, "protected"), tmp_path / "unplugged")
    monkeypatch.setattr(backing, "encrypted_devices", lambda folder: found)
    assert inspect_below(tmp_path) is None


def test_people_in_a_folder_on_a_protected_volume_are_safe_once_it_is_locked(tmp_path, monkeypatch):
    root = with_people(tmp_path / "stick")
    assert check(root).exposed is True
    found = devices(tmp_path, "protected")
    monkeypatch.setattr(backing, "encrypted_devices", lambda folder: found)
    answer = check(root)
    assert (answer.exposed, codes(answer)[0], answer.holding.people.point) == (False, "unlocked_now", COUNT)


def test_what_cannot_be_inspected_is_an_error(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(FormatError):
        inspect_target(tmp_path / "empty")
    with pytest.raises(InputError):
        inspect_target(tmp_path)
