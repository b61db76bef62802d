import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import UnsupportedError
from lossproof.sample.fat_names import long_entries, require_valid, short_name

NAMES = st.text(
    st.characters(exclude_characters='"*/:<>?\\|', min_codepoint=32, exclude_categories=["Cs"]), min_size=1
).filter(lambda name: not name.endswith((".", " ")) and len(name.encode("utf-16-le")) <= 510)


@pytest.mark.parametrize(
    ("name", "short", "needs_long"),
    [
        ("README.TXT", b"README  TXT", False),
        ("HR", b"HR         ", False),
        ("Letters", b"LETTER~1   ", True),
        ("a very long name.docx", b"AVERYL~1DOC", True),
        (".hidden", b"HIDDEN~1   ", True),
        ("naïve.txt", b"NA_VE~1 TXT", True),
        ("A.B.TXT", b"AB~1    TXT", True),
    ],
)
def test_short_names_are_those_that_windows_would_give(name, short, needs_long):
    assert short_name(name, set(), {}) == (short, needs_long)


@given(st.lists(NAMES, max_size=30))
def test_short_names_in_a_folder_are_all_different_and_legal(names):
    taken, tails = set(), {}
    for name in names:
        short, _ = short_name(name, taken, tails)
        assert short not in taken
        assert len(short) == 11
        assert short.isascii()
        assert not set(short) & set(b'"*/:<>?\\|.+,;=[]')
        taken.add(short)


@given(NAMES)
def test_a_long_name_is_read_back_from_its_entries(name):
    content = long_entries(name, b"SHORT~1 TXT")
    parts = [content[at : at + 32] for at in range(0, len(content), 32)]
    assert [part[0] & 0x3F for part in parts] == list(range(len(parts), 0, -1))
    assert parts[0][0] & 0x40
    assert len({part[13] for part in parts}) == 1
    units = b"".join(part[1:11] + part[14:26] + part[28:32] for part in reversed(parts))
    words = [units[at : at + 2] for at in range(0, len(units), 2)]
    end = words.index(b"\0\0") if b"\0\0" in words else len(words)
    assert b"".join(words[:end]).decode("utf-16-le") == name


@pytest.mark.parametrize("name", ["a:b", "what?", "tab\tname", "dot.", "space ", "x" * 256, "broken \udcff"])
def test_names_that_fat_does_not_allow_are_refused(name):
    with pytest.raises(UnsupportedError):
        require_valid(name)


def test_ten_thousand_like_names_are_not_quadratic():
    taken, tails = set(), {}
    for index in range(10_000):
        short, _ = short_name(f"letter to patient {index}.docx", taken, tails)
        taken.add(short)
    assert len(taken) == 10_000
