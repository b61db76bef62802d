import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lossproof.errors import InputError
from lossproof.sample import stick as module
from lossproof.sample.contractor import CUSTODY
from lossproof.sample.stick import fill, make

MADE_ELSEWHERE = """
import hashlib, sys
from pathlib import Path
from lossproof.sample.fat32 import write_image
from lossproof.sample.stick import make
folder = Path(sys.argv[1])
truth = make(folder / "stick", people=60, seed=4)
write_image(folder / "stick", folder / "stick.img")
files = sorted(path for path in folder.rglob("*") if path.is_file())
sums = [f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
print(chr(10).join([*sums, hashlib.sha256(truth.text().encode()).hexdigest()]))
"""


def sums_under(folder, settings):
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[2]), **settings}
    folder.mkdir()
    return subprocess.run(
        [sys.executable, "-c", MADE_ELSEWHERE, folder], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_the_same_seed_gives_the_same_bytes_under_any_time_zone_locale_and_hash_seed(tmp_path):
    first = sums_under(tmp_path / "a", {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"})
    second = sums_under(
        tmp_path / "b", {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0"}
    )
    assert first == second
    assert "stick.img" in first


def test_another_seed_gives_other_people():
    one, other = fill(people=20, seed=1)[1], fill(people=20, seed=2)[1]
    names = [{mention.surname for mention in truth.mentions if mention.surname} for truth in (one, other)]
    assert names[0] != names[1]


def test_the_bytes_of_a_seed_do_not_change_from_one_release_to_the_next():
    files, truth = fill(people=25, seed=3)
    total = hashlib.sha256()
    # The layout of a database's pages is SQLite's own, which is not promised to stay; everything else is ours.
    del files[CUSTODY]
    for path, content in files.items():
        total.update(f"{path}\0{len(content)}\0".encode() + content)
    total.update(truth.text().encode())
    assert total.hexdigest() == "3924616bbd5698a09adf944f23b469da117a501d31f66ccbc2c998eda06dd132"


@pytest.mark.parametrize("people", [1, 2, 3, 4, 5, 10, 17, 33])
def test_small_numbers_of_people_work(tmp_path, people):
    truth = make(tmp_path / "stick", people=people, seed=people)
    assert truth.distinct_people_core == people
    assert all((tmp_path / "stick" / file.path).is_file() for file in truth.files)


@pytest.mark.parametrize("people", [0, -1, module.MOST_PEOPLE + 1])
def test_a_number_of_people_that_cannot_be_is_refused(tmp_path, people):
    with pytest.raises(InputError, match="1 to"):
        make(tmp_path / "stick", people=people, seed=1)
    assert not (tmp_path / "stick").exists()


def test_five_thousand_people_take_a_few_seconds():
    started = time.process_time()
    files, truth = fill(people=5000, seed=7)
    assert time.process_time() - started < 5
    assert truth.distinct_people_core == 5000
    assert truth.unlinkable_people < 75
    assert sum(map(len, files.values())) > 1_500_000


def test_an_empty_folder_is_filled_and_a_full_one_is_left_alone(tmp_path):
    make(tmp_path, people=1, seed=1)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="not empty"):
        make(tmp_path, people=2, seed=2)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "stick").write_text("mine")
    with pytest.raises(InputError):
        make(tmp_path / "stick", people=1, seed=1)
    assert (tmp_path / "stick").read_text() == "mine"


def test_an_interrupted_run_takes_away_what_it_wrote(tmp_path, monkeypatch):
    def interrupt(seed, folder, written):
        assert len(written) > 10
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_set_times", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "new", people=3, seed=1)
    assert not (tmp_path / "new").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "empty", people=3, seed=1)
    assert list((tmp_path / "empty").iterdir()) == []


def test_files_have_times_of_the_afternoon_when_the_stick_was_filled(tmp_path):
    make(tmp_path / "stick", people=3, seed=1)
    times = [path.stat().st_mtime for path in (tmp_path / "stick").rglob("*")]
    assert times
    assert all(1252935000 - 14_400 <= moment <= 1252949400 for moment in times)
