from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, InputError
from lossproof.register.retention.schedule import SHIPPED, parse_schedule, read_schedule

TEXT = SHIPPED.read_bytes()
KINDS = sorted(line["what"] for line in tomllib.loads(TEXT.decode())["line"])


def test_the_shipped_schedule_has_a_line_for_every_kind_and_says_on_what_ground(site):
    from lossproof.register.retention.kinds import kinds

    schedule = read_schedule(SHIPPED, kinds())
    assert [line.what for line in schedule.lines] == list(kinds()) == KINDS
    assert all(line.recalled for line in schedule.lines), "a ground that was checked is said so, and to whom"
    for kind in kinds().values():
        assert kind.what and kind.since and kind.what == kind.what.strip()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("after_days = 365", "after_days = -1", "from 0 to"),
        ("after_days = 365", "after_days = true", "wrong sort"),
        ("after_days = 365", "after_days = 99999999", "from 0 to"),
        ("after_days = 365", "after_days = 365\nuntil = 1", "and nothing else"),
        ('what = "accounts"', 'what = "everything"', "no such kind"),
        ('what = "accounts"', 'what = "sessions"', "no line for accounts"),
        ('rule = "account_ended"', 'rule = "Ann asked"', "is a code"),
        ("dated = 2026-11-23", "dated = 2026-11-23T10:00:00", "a day"),
        ("dated = 2026-11-23", "", "a day"),
        ("dated = 2026-11-23", "dated = ", "not TOML"),
        ("recalled = true", 'recalled = "no"', "wrong sort"),
    ],
)
def test_a_schedule_that_is_wrong_is_refused_by_its_line(old, new, words):
    assert old in TEXT.decode()
    with pytest.raises(FormatError, match=words):
        parse_schedule(TEXT.decode().replace(old, new).encode(), KINDS)


def test_a_line_twice_is_refused():
    again = '\n[[line]]\nwhat = "sessions"\nafter_days = 1\nrule = "x"\nsource = "y"\nrecalled = true\n'
    with pytest.raises(FormatError, match="two lines"):
        parse_schedule(TEXT + again.encode(), KINDS)


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_schedule(path, KINDS)
    (tmp_path / "long.toml").write_bytes(b"#" * (2 << 20))
    with pytest.raises(FormatError, match="too long"):
        read_schedule(tmp_path / "long.toml", KINDS)


@given(st.binary(max_size=200), st.integers(0, len(TEXT)), st.integers(0, 80))
def test_any_bytes_give_a_schedule_or_a_format_error(noise, at, gone):
    for text in (noise, TEXT[:at] + noise + TEXT[at + gone :]):
        try:
            found = parse_schedule(text, KINDS)
        except FormatError:
            continue
        assert [line.what for line in found.lines] == KINDS
