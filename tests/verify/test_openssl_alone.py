"""docs/how-to/verify-with-openssl-alone.md: the commands that stand there, as they stand there, in a POSIX shell."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from stamp_authority import Authority
from verify import building
from verify.building import Book, Members, a_story, policy, sealed, unzipped, zipped

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "verify-with-openssl-alone.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
STAMP = "earlier/000000012.tsr"

pytestmark = pytest.mark.skipif(
    any(shutil.which(program) is None for program in ("openssl", "unzip", "sh")), reason="openssl or unzip is missing"
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def members(authority) -> Members:
    stamp = {12: lambda text: authority.reply(authority.query(text))}
    return unzipped(sealed(a_story(Book()).members("stick", witnesses=("quay",), earlier=(5, 12), stamps=stamp)))


@pytest.fixture
def follow(tmp_path, authority) -> Callable[[bytes], subprocess.CompletedProcess[str]]:
    """Do what the page says with a pack."""

    def follow(pack: bytes) -> subprocess.CompletedProcess[str]:
        (tmp_path / "it-0042.pack").write_bytes(pack)
        (tmp_path / "trust-policy").write_bytes(policy(threshold=1))
        (tmp_path / "authority.pem").write_bytes(authority.root)
        script = "\n".join(BLOCKS)
        return subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)

    return follow


def test_the_commands_verify_a_good_pack(follow, members):
    done = follow(zipped(members))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"log key: {building.fingerprint('log')}\n" in done.stdout
    signatures = 1 + 1 + sum(name.startswith("envelopes/") for name in members) + 1 + 1
    assert done.stdout.count("Signature Verified Successfully") == signatures
    assert "Verification: OK" in done.stdout
    assert "Time stamp:" in done.stdout
    assert "quay saw it at " in done.stdout
    assert "harbour" not in done.stdout
    entries = [name for name in members if name.startswith("entries/")]
    assert len(entries) > 10
    assert [line for line in done.stdout.splitlines() if line.startswith("in the log")] == [
        f"in the log: {name}" for name in entries
    ]


def flipped(raw: bytes, at: int) -> bytes:
    """With another letter of base64, or of hexadecimal, at that place."""
    return raw[:at] + (b"A" if raw[at : at + 1] != b"A" else b"B") + raw[at + 1 :]


def changed(members: Members, what: str) -> Members:
    """The member that is changed, and how."""
    envelope, proof = next(name for name in members if name.startswith("envelopes/")), "proofs/000000010.tlog-proof"
    note = members["checkpoint"]
    return {
        "root": {"checkpoint": flipped(note, note.find(b"\n18\n") + 6)},
        "member": {"page.html": b"<!doctype html>!\n"},
        "statement": {envelope: flipped(members[envelope], 100)},
        "stamp": {STAMP: members[STAMP][:-1] + bytes([members[STAMP][-1] ^ 1])},
        "witness": {"checkpoint": flipped(note, note.rfind(b" ") + 40)},
        "proof": {proof: flipped(members[proof], members[proof].find(b"index 10\n") + 12)},
    }[what]


REACHED = {
    "root": "log key:",
    "member": "Signature Verified Successfully",
    "statement": "Signature Verified Successfully",
    "stamp": "Signature Verified Successfully",
    "witness": "Time stamp:",
    "proof": "in the log: entries/000000008.json",
}
"""What is still printed before the change is found."""
NOT_REACHED = {
    "root": "Signature Verified Successfully",
    "member": "in the log",
    "statement": "Time stamp:",
    "stamp": "Time stamp:",
    "witness": "saw it at",
    "proof": "in the log: entries/000000010.json",
}


@pytest.mark.parametrize("what", REACHED)
def test_they_stop_where_something_was_changed(follow, members, what):
    change = changed(members, what)
    if what == "member":
        pack = zipped(members | change)
    else:  # signed anew by the log's key, so that the list of members is not what stops it
        pack = sealed({name: raw for name, raw in (members | change).items() if name != "manifest.json"})
    done = follow(pack)
    assert done.returncode != 0
    assert REACHED[what] in done.stdout
    assert NOT_REACHED[what] not in done.stdout


def test_a_log_that_the_policy_does_not_name_is_not_believed(follow, members):
    note = members["checkpoint"].replace(b"lossproof/", b"lossproof/0")
    done = follow(zipped(members | {"checkpoint": note}))
    assert done.returncode != 0
    assert "log key" not in done.stdout
