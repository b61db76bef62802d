"""All formats together: which one is asked, what may be raised, and that nothing is loaded once the file system is gone."""

from __future__ import annotations

import marshal
import os
import random
import resource
import signal
import subprocess
import sys
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import NAME, NUMBER, compound, every_kind, read, zipped
from lossproof.block.source import BytesSource
from lossproof.discover.formats import all_formats, spans
from lossproof.discover.formats.reasons import REASONS, misreadings
from lossproof.discover.spans import Member, Unread
from lossproof.errors import FormatError, UnsupportedError

KINDS = every_kind()


def test_every_suffix_and_module_has_a_good_file_here():
    assert len(all_formats()) >= 19
    covered = {name.removeprefix("a") for name in KINDS}
    lacking = [known.__name__ for known in all_formats() if not covered & set(known.SUFFIXES)]
    assert lacking == ["lossproof.discover.formats.other_kinds"]


@pytest.mark.parametrize("name", KINDS)
def test_a_good_file_is_read_whole_with_its_name_without_it_and_under_another(name):
    found = read(KINDS[name], name)
    assert not found.error
    assert not found.unread
    text = found.prose + "\n".join(cell for row in found.rows for cell in row)
    assert NAME in text
    assert NUMBER in text or name == "a.vcf"
    for other in ("", "x.bin", "photo.jpg", "letter.doc"):
        assert read(KINDS[name], other) == found


def test_a_format_without_a_detect_is_recognised_by_its_magic():
    assert read(KINDS["a.rtf"], "").prose


def test_bytes_of_no_kind_give_their_visible_text_and_are_not_passed_as_examined():
    noise = random.Random(1).randbytes(5000)
    raw = noise + b"\x00Ann Example 943 476 5919\x00" + noise + "Zoë wide".encode("utf-16-le") + noise
    found = read(raw, "save.dat")
    assert "Ann Example 943 476 5919\n" in found.prose
    assert "Zoë wide\n" in found.prose
    assert found.error == "unknown_format"
    assert read(raw, "letter.docx").error == "damaged"


def test_visible_text_is_found_across_the_edges_of_blocks():
    size = 4 << 20
    raw = (
        b"\x00" * (size - 4)
        + b"Ann Example"
        + b"\x00" * (size - 20)
        + "Zoë wide".encode("utf-16-le")
        + bytes(9)
        + b"\x01"
    )
    assert read(b"\x01" + raw[1:], "x.dat").prose == "Ann Example\nZoë wide\n"
    assert read(b"\x01" * 20 + bytes(500_000) + b"x" * (9 << 20), "x.dat").prose.replace("\n", "") == "x" * (9 << 20)


def test_every_code_has_its_words_and_is_one_word():
    assert REASONS
    assert all(code.isidentifier() and words == words.strip(".") for code, words in REASONS.items())


def test_what_libraries_raise_becomes_ours_and_messages_hold_no_value():
    for problem in (ValueError("Ann Example"), KeyError("x"), EOFError(), RecursionError(), zipfile.BadZipFile("Ann")):
        with pytest.raises(FormatError, match=r"^a damaged thing$"), misreadings("thing"):
            raise problem
    with pytest.raises(UnsupportedError), misreadings("thing"):
        raise MemoryError
    with pytest.raises(KeyboardInterrupt), misreadings("thing"):
        raise KeyboardInterrupt


WARM = """
import marshal, sys
files = marshal.loads(sys.stdin.buffer.read())
from lossproof.block.source import BytesSource
from lossproof.discover.formats import spans, warm
from lossproof.discover.spans import Member
from lossproof.errors import LossproofError
warm()
gone = False
def forbid(event, arguments):
    # A character set that a mail declares is looked up by the library, and is not there any more.
    if gone and event == "import" and arguments[0].startswith("encodings."):
        raise PermissionError
    if gone and event.partition(".")[0] in ("open", "import", "os", "tempfile", "socket", "subprocess", "shutil", "glob"):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(forbid)
gone = True
def read(source, name):
    read_well = True
    try:
        for span in spans(source, name):
            if isinstance(span, Member):
                read_well = read(span.source, span.name) and read_well
    except LossproofError:
        return False
    return read_well
results = [read(BytesSource(content), name) for name, content in files]
gone = False
print(results.count(True))
"""


def test_after_warming_nothing_is_opened_or_imported():
    good = list(KINDS.items())
    for charset in (
        b"gb18030",
        b"shift_jis",
        b"koi8-r",
        b"iso-8859-15",
        b"utf-7",
        b"iso-2022-jp",
        b"nobody",
        b"zlib",
        b"idna",
        b"mbcs",
    ):
        good.append(("a.eml", KINDS["a.eml"].replace(b'charset="utf-8"', b'charset="' + charset + b'"')))
    chance = random.Random(1)
    damaged = [(name, mutated(content, chance)) for name, content in KINDS.items() for _ in range(20)]
    run = subprocess.run(
        [sys.executable, "-c", WARM], input=marshal.dumps(good + damaged), capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert int(run.stdout) >= len(good)


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, cut out, put in, doubled or cut off."""
    content = bytearray(raw)
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        place, size = chance.randrange(len(content) + 1), chance.randrange(1, 20)
        match chance.randrange(6):
            case 0:
                content[place : place + 1] = chance.randbytes(1)
            case 1:
                content[place : place + size] = b""
            case 2:
                content[place:place] = chance.randbytes(size)
            case 3:
                content[place : place + 4] = chance.choice(
                    [b"\xff" * 4, bytes(4), b"\xff\xff\xff\x7f", b"\x00\x01\x00\x00"]
                )
            case 4:
                other = chance.randrange(len(content) + 1)
                content[place : place + size] = content[other : other + size]
            case _:
                if chance.random() < 0.2:
                    del content[place:]
    return bytes(content)


def mutated_inside(raw: bytes, chance: random.Random) -> bytes:
    """One entry of a package changed, and the package made whole again."""
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(files))
    files[name] = mutated(files[name], chance)
    return zipped(files)


BY_CALAMINE = {"a.xls", "a.xlsb"}
"""Read by a library that ends its process when it cannot have the memory that a lying file made it ask for."""

LOST_AFTER_SECONDS = 20
"""The confined child is killed as well when it does not come to an end."""


def is_read_or_refused(raw: bytes, name: str, *, apart: bool) -> bool:
    """Whether only our errors come out; `apart`, in a process like the confined child, which may be lost and nothing else."""
    if not apart:
        found = read(raw, name)
        return (not found.error or found.error in REASONS) and all(reason in REASONS for _, reason in found.unread)
    child = os.fork()
    if child == 0:
        good = False
        try:
            resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(LOST_AFTER_SECONDS)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            good = is_read_or_refused(raw, name, apart=False)
        except MemoryError:
            good = True
        finally:
            os._exit(0 if good else 1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0


@pytest.mark.parametrize("name", KINDS)
@settings(deadline=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_done_to_a_file_only_our_errors_come_out(name, seed):
    chance = random.Random(seed)
    whole = KINDS[name]
    raw = mutated_inside(whole, chance) if whole.startswith(b"PK") and seed % 3 else mutated(whole, chance)
    assert is_read_or_refused(raw, chance.choice([name, ""]), apart=name in BY_CALAMINE)


@settings(deadline=None)
@given(
    st.binary(max_size=2000),
    st.sampled_from([b"", *sorted({magic for known in all_formats() for magic in known.MAGIC})]),
)
def test_any_bytes_behind_any_magic_only_raise_our_errors(raw, magic):
    assert is_read_or_refused(magic + raw, "", apart=magic.startswith(b"\xd0\xcf"))


@settings(deadline=None)
@given(st.binary(max_size=3000))
def test_any_streams_in_a_compound_file_only_raise_our_errors(raw):
    for stream in ("Workbook", "WordDocument"):
        assert is_read_or_refused(compound({stream: raw}), "a.xls", apart=True)


def test_a_reader_that_stops_early_leaves_nothing_open():
    for name, content in KINDS.items():
        found = spans(BytesSource(content), name)
        first = next(found)
        assert not isinstance(first, Unread)
        found.close()
        if isinstance(first, Member):
            assert first.source.read_at(0, 1)
