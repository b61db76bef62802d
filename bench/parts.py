"""The parts of the benchmark page, each a function from the prepared sticks to lines of Markdown."""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import accuracy
import measure
from accuracy import MEASURED, Score, Stick

from lossproof.block.source import open_source
from lossproof.discover.formats import spans
from lossproof.discover.spans import Member, Prose, Rows
from lossproof.errors import LossproofError
from lossproof.sample import fat32

PYTHON = Path(sys.executable)
LOSSPROOF = PYTHON.with_name("lossproof")
DEEPEST = 8


@dataclass(slots=True)
class Bench:
    """What is measured: the checkout, a folder to work in, how large sticks, the register's estate and asset lists are, the sticks,
    and what had to be left out."""

    root: Path
    work: Path
    people: int
    devices: int = 100_000
    facts: int = 1_000_000
    rows: int = 200_000
    sticks: list[Stick] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def table(heads: list[str], rows: list[list[object]]) -> list[str]:
    """A Markdown table and a blank line."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return [*lines, *("| " + " | ".join(str(value) for value in row) + " |" for row in rows), ""]


def section(name: str, part: Callable[[Bench], list[str]], bench: Bench) -> list[str]:
    """One part under its heading."""
    return [f"## {name[0].upper()}{name[1:]}", "", *part(bench)]


def make_sample(folder: Path, people: int, seed: int) -> Stick:
    """A stick of our own."""
    stick, image, truth = folder / "stick", folder / "stick.img", folder / "truth.json"
    if not truth.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        words = ["sample", stick, "--people", str(people), "--seed", str(seed), "--image", image, "--truth", truth]
        done = measure.run([LOSSPROOF, *words])
        if done.status:
            raise SystemExit(done.complaints)
    return accuracy.sample_stick("our own sample", stick, image, truth)


def prepare(root: Path, work: Path, people: int) -> Bench:
    """Make the sticks."""
    bench = Bench(root, work, people)
    bench.sticks.append(make_sample(work / "own", people, seed=20))
    generator = root.parent / "shared" / "corpus" / "stick" / "gen_stick.py"
    if generator.is_file():
        folder, image = work / "reference", work / "reference.img"
        if not image.is_file():
            share = people / 5000
            words = ["--people", people, "--staff", int(200 * share), "--offenders", int(800 * share), "--letters", 240]
            done = measure.run([PYTHON, generator, *words, "--seed", 7, "--style", "dev", "--out", folder])
            if done.status:
                raise SystemExit(done.complaints)
            fat32.write_image(folder / "stick", image)
        bench.sticks.append(accuracy.reference_stick("the reference generator", folder, image))
    else:
        bench.left_out.append("accuracy on the reference generator's stick: it is not beside this checkout")
    return bench


def start_up(bench: Bench) -> list[str]:
    """CPU, modules and bytes of `lossproof inspect IMAGE`."""
    image = bench.sticks[0].image
    inspect = [LOSSPROOF, "inspect", image]
    bare = [PYTHON, "-c", "pass"]
    ratio, low, high = measure.paired_ratio(inspect, bare)
    report = bench.work / "modules"
    done = measure.run(
        [PYTHON, bench.root / "tools" / "loaded_modules.py", report, LOSSPROOF, "inspect", "--json", image]
    )
    read = json.loads(done.output.splitlines()[-1])["coverage"]["bytes_read"]
    rows: list[list[object]] = [
        [
            "CPU of the whole process, against `python -c pass`",
            f"{ratio:.1f} times ({low:.1f} to {high:.1f})",
            "at most 6",
        ],
        ["modules loaded", len(report.read_text().split()), "at most 140"],
        ["bytes read for a verdict", f"{read:,}", f"at most {2 << 20:,}"],
    ]
    lines = [
        f"`lossproof inspect IMAGE` on a FAT32 image of {image.stat().st_size / 1e6:.0f} MB; 15 pairs run in turn, median.",
        "",
    ]
    lines += table(["figure", "measured", "wanted"], rows)
    others = {"blkid": ["-p", "-c", "/dev/null", image], "file": ["-s", image], "cryptsetup": ["luksDump", image]}
    rivals: list[list[object]] = []
    for name, words in others.items():
        program = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        if program is None:
            bench.left_out.append(f"start-up against {name}: not installed")
            continue
        middle, least, most = measure.paired_ratio(inspect, [program, *words], pairs=9)
        rivals.append([f"`{name} {words[0]}`", f"{middle:.0f} times ({least:.0f} to {most:.0f})"])
    lines += ["Compiled programs that answer a part of the question, in the same run:", ""]
    return lines + table(["program", "CPU of `lossproof inspect` against it"], rivals)


def percent(share: float) -> str:
    """A share with four digits, never rounded up to one."""
    return "1" if share == 1 else f"{int(share * 10_000) / 10_000:.4f}"


def accuracy_tables(bench: Bench) -> list[str]:
    """People, identifiers, categories and empty files."""
    found = [score for stick in bench.sticks for score in accuracy.scores(stick)]
    lines = [
        "People. Truth: those with a strong identifier, or a surname and a birth date; the second number adds how many stand in",
        "one place as a bare number and in another as a name with nothing between, which no method can join.",
        "",
    ]
    lines += table(
        [
            "stick",
            "read as",
            "truth",
            "low",
            "point",
            "high",
            "error, strict",
            "error",
            "truth in range",
            "range / point",
        ],
        [
            [
                score.stick.name,
                score.way,
                f"{score.stick.core:,} to {score.stick.high:,}",
                *(
                    f"{count:,}"
                    for count in (score.holding.people.low, score.holding.people.point, score.holding.people.high)
                ),
                f"{score.strict_percent:+.2f} %",
                f"{score.error_percent:.2f} %",
                "yes" if score.truth_in_range else "no",
                f"{score.width_percent:.1f} %",
            ]
            for score in found
        ],
    )
    lines += ["Distinct values of identifiers: recall / precision.", ""]
    lines += table(
        ["stick", "read as", *(f"`{kind}`" for kind in MEASURED)],
        [
            [
                score.stick.name,
                score.way,
                *(" / ".join(map(percent, score.recall_and_precision(kind))) for kind in MEASURED),
            ]
            for score in found
        ],
    )
    lines += ["People by category (found / truth), and people counted in files that hold nobody.", ""]
    return lines + table(
        ["stick", "read as", "health", "criminal offence", "in files that hold nobody"],
        [category_row(score) for score in found],
    )


def category_row(score: Score) -> list[object]:
    """One row of the table of categories."""
    shown = [
        f"{score.holding.people_by_category.get(name, 0):,} / {truth:,}"
        for name, truth in score.stick.categories.items()
    ]
    return [score.stick.name, score.way, *shown, score.people_in_empty_files]


def text_of(path: Path) -> str:
    """All text of a file and of the files in it, rows as lines with tabs."""
    source = open_source(path)
    try:
        return "\n".join(_texts(source, path.name, 0))
    finally:
        os.close(source.fd)


def _texts(source: object, name: str, depth: int) -> list[str]:
    found: list[str] = []
    try:
        for span in spans(source, name):  # type: ignore[arg-type]
            if isinstance(span, Prose):
                found.append(span.text)
            elif isinstance(span, Rows):
                found += ["\t".join(row) for row in ([span.header] if span.header else []) + span.rows]
            elif isinstance(span, Member) and depth < DEEPEST:
                found += _texts(span.source, span.name, depth + 1)
    except LossproofError:
        return found
    return found


def speed(bench: Bench) -> list[str]:
    """`check` cold, and throughput against the rival on the same text."""
    stick = bench.sticks[0]
    rows: list[list[object]] = []
    how = ""
    for way, target in (("folder", stick.folder), ("image", stick.image)):
        how = measure.forget_cached(target)
        cold = measure.run([LOSSPROOF, "check", "--json", target])
        warm = measure.run([LOSSPROOF, "check", "--json", target])
        answer = json.loads(cold.output.splitlines()[-1])
        scanned = answer["holding"]["scanned"]
        rows.append(
            [
                way,
                scanned["files"],
                f"{scanned['bytes'] / 1e6:.1f}",
                f"{cold.wall_seconds:.1f}",
                f"{cold.cpu_seconds:.1f}",
                f"{warm.wall_seconds:.1f}",
            ]
        )
    lines = [
        f"`lossproof check`, whole process, all cores, on {stick.name} of {bench.people:,} people. Cold: {how}.",
        "",
    ]
    lines += table(["read as", "files", "MB", "wall s, cold", "CPU s, cold", "wall s, warm"], rows)
    return lines + against_rival(bench)


def against_rival(bench: Bench) -> list[str]:
    """The rival and the product over the same text."""
    rival = bench.root / ".venv-bench" / "bin" / "python"
    if not rival.exists():
        bench.left_out.append(
            "throughput against presidio-analyzer: its environment is not there (`make bench` makes it)"
        )
        return []
    folder = bench.work / "text"
    folder.mkdir(exist_ok=True)
    stick = bench.sticks[-1]
    for number, path in enumerate(sorted(entry for entry in stick.folder.rglob("*") if entry.is_file())):
        text = text_of(path)
        if text:
            (folder / f"{number:05d}.txt").write_text(text, encoding="utf-8", errors="replace")
    theirs_run = measure.run([rival, bench.root / "bench" / "rival.py", folder])
    if theirs_run.status:
        bench.left_out.append("throughput against presidio-analyzer: it failed here")
        print(theirs_run.complaints, file=sys.stderr)
        return []
    theirs = json.loads(theirs_run.output.splitlines()[-1])
    ours = measure.run([LOSSPROOF, "check", "--json", folder])
    megabytes = theirs["bytes"] / 1e6
    rows: list[list[object]] = [
        [
            "presidio-analyzer, analysis alone, one process",
            f"{theirs['wall_seconds']:.1f}",
            f"{megabytes / theirs['wall_seconds']:.3f}",
            f"{theirs['cpu_seconds']:.1f}",
            "1",
            "1",
        ],
        [
            "`lossproof check`, whole process, counting people too, all cores",
            f"{ours.wall_seconds:.1f}",
            f"{megabytes / ours.wall_seconds:.3f}",
            f"{ours.cpu_seconds:.1f}",
            f"{theirs['wall_seconds'] / ours.wall_seconds:.0f}",
            f"{theirs['cpu_seconds'] / ours.cpu_seconds:.0f}",
        ],
    ]
    lines = [
        f"The same extracted text, {megabytes:.2f} MB from {stick.name}, in one run. presidio's {theirs['recognisers']} recognisers",
        f"(the British ones opted in: {', '.join(theirs['british'])}) run on a blank spaCy pipeline, so that it",
        "looks for no names; its loading is left out.",
        "",
    ]
    return lines + table(["", "wall s", "MB/s", "CPU s", "wall ratio", "CPU ratio"], rows)


def neutral(folder: Path, megabytes: int) -> None:
    """Text without personal data, in files of 8 MB."""
    sentence = (
        "the committee noted that heating costs rose while paper use fell and asked for another quarterly summary"
    )
    words = sentence.split()
    draw = random.Random(5)
    for number in range(megabytes // 8):
        lines = [" ".join(draw.choice(words) for _ in range(14)) for _ in range(1000)]
        block = "\n".join(lines) + "\n"
        (folder / f"minutes {number:03d}.txt").write_text(block * (8_000_000 // len(block)), encoding="utf-8")


def peak(target: Path) -> tuple[float, str]:
    """Peak memory of `check` on a target, in MB, and how it was summed."""
    seen = measure.peak_memory([LOSSPROOF, "check", "--json", target])
    if seen.run.status not in {0, 1}:
        raise SystemExit(seen.run.output)
    return seen.mebibytes * 1.048576, seen.how


def usual_peak(target: Path, runs: int = 3) -> float:
    """The median peak of a few runs: which worker meets which file differs, and with it the peak by a few MB."""
    return statistics.median(peak(target)[0] for _ in range(runs))


def memory(bench: Bench) -> list[str]:
    """Peak memory of all processes together; its growth with bytes, and with mentions."""
    rows: list[list[object]] = []
    how = ""
    for stick in bench.sticks:
        for way, target in (("folder", stick.folder), ("image", stick.image)):
            highest, how = peak(target)
            rows.append([stick.name, way, f"{highest:.0f}"])
    lines = [
        f"All processes of `lossproof check` together ({how} summed 50 times a second). Wanted: at most 600 MB.",
        "",
    ]
    lines += table(["stick", "read as", "peak MB"], rows)

    padded = bench.work / "padded"
    shutil.rmtree(padded, ignore_errors=True)
    shutil.copytree(bench.sticks[0].folder, padded)
    rows = []
    for megabytes in (0, 32, 64, 128):
        (padded / "minutes").mkdir(exist_ok=True)
        neutral(padded / "minutes", megabytes)
        rows.append([megabytes, f"{peak(padded)[0]:.0f}"])
    shutil.rmtree(padded)
    lines += ["The same mentions with more and more neutral text beside them: flat is wanted.", ""]
    lines += table(["neutral MB added", "peak MB"], rows)

    few, many = bench.sticks[0], make_sample(bench.work / "own-4", 4 * bench.people, seed=21)
    counts = [json.loads((stick.folder.parent / "truth.json").read_text())["mentions"] for stick in (few, many)]
    peaks = [usual_peak(stick.folder) for stick in (few, many)]
    slope = (peaks[1] - peaks[0]) * 1e6 / (counts[1] - counts[0])
    lines += ["Growth with mentions of people, medians of three runs. Wanted: at most 1,000 bytes a mention.", ""]
    rows = [
        [f"{people:,}", f"{count:,}", f"{top:.0f}"]
        for people, count, top in zip((bench.people, 4 * bench.people), counts, peaks, strict=True)
    ]
    return [*lines, *table(["people", "mentions", "peak MB"], rows), f"Slope: {slope:.0f} bytes a mention.", ""]
