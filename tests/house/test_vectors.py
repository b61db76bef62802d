"""Every committed test image is small, and says what it is, what is expected of it, and how it was made."""

from __future__ import annotations

import tomllib

from house.repository import ROOT

VECTORS = ROOT / "tests" / "vectors"
MOST_BYTES = 20_000
IMAGES = sorted(path for path in VECTORS.rglob("*") if path.is_file() and path.suffix not in {".toml", ".md", ".py"})


def label(image):
    """The `.toml` beside an image: the same name up to its first dot."""
    return image.with_name(image.name.partition(".")[0] + ".toml")


def test_there_are_images():
    assert len(IMAGES) > 20


def test_every_image_has_its_label():
    assert not [image.relative_to(VECTORS).as_posix() for image in IMAGES if not label(image).is_file()]


def test_every_label_has_its_image():
    assert not sorted(set(VECTORS.rglob("*.toml")) - {label(image) for image in IMAGES})


def test_every_label_says_what_is_expected_and_how_the_image_was_made():
    lacking = {}
    for image in IMAGES:
        said = set(tomllib.loads(label(image).read_text(encoding="utf-8")))
        if not ({"command", "recipe"} & said and "tool" in said):
            lacking[image.relative_to(VECTORS).as_posix()] = sorted(said)
    assert not lacking


def test_every_image_is_small():
    assert not {image.name: image.stat().st_size for image in IMAGES if image.stat().st_size > MOST_BYTES}
