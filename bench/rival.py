"""Runs presidio-analyzer over a folder of text files; to be run by the interpreter of its own environment.

    python bench/rival.py FOLDER

Prints JSON: characters, seconds of analysis (loading left out), results by kind. Language models cannot be fetched, so spaCy has
a blank English pipeline: names of people are not looked for, which makes it faster. The British recognisers are opted in.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
from presidio_analyzer.nlp_engine import SpacyNlpEngine

WANTED = (
    "UkNinoRecognizer",
    "NhsRecognizer",
    "UkPostcodeRecognizer",
    "UkPassportRecognizer",
    "UkDrivingLicenceRecognizer",
)
BLOCK = 2_000  # its best: with 100,000 characters at once it is five times slower


class BlankEngine(SpacyNlpEngine):
    """An engine whose pipeline only splits words."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}


def analyzer() -> tuple[AnalyzerEngine, list[str]]:
    """The default recognisers with the British ones, and the names of those British ones that this version has."""
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    present = {recogniser.name for recogniser in registry.recognizers}
    added = []
    for name in WANTED:
        kind = getattr(predefined_recognizers, name, None)
        if kind is not None:
            added.append(name)
            if name not in present:
                registry.add_recognizer(kind())
    return AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"]), added


def blocks(text: str) -> list[str]:
    """The text in blocks that end at a line's end."""
    found, start = [], 0
    while start < len(text):
        end = text.rfind("\n", start, start + BLOCK) + 1
        end = end if end > start else start + BLOCK
        found.append(text[start:end])
        start = end
    return found


def main() -> None:
    """Analyse and print the figures."""
    engine, added = analyzer()
    engine.analyze("warm up", language="en")
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(sys.argv[1]).rglob("*.txt"))]
    kinds: Counter[str] = Counter()
    wall, cpu = time.perf_counter(), time.process_time()
    for text in texts:
        for block in blocks(text):
            kinds.update(result.entity_type for result in engine.analyze(block, language="en"))
    answer = {
        "bytes": sum(len(text.encode()) for text in texts),
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "recognisers": len(engine.registry.recognizers),
        "british": added,
        "results": dict(kinds),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
