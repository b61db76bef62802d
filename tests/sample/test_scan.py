import re

import pytest

from lossproof.sample.scan import scan
from lossproof.sample.stream import Stream


def test_a_scan_is_a_jpeg_picture_of_a_page():
    content = scan(Stream(1, "scan"))
    assert content.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF\0")
    assert content.endswith(b"\xff\xd9")
    frame = content.index(b"\xff\xc0")
    assert (
        int.from_bytes(content[frame + 5 : frame + 7], "big"),
        int.from_bytes(content[frame + 7 : frame + 9], "big"),
    ) == (
        1176,
        832,
    )


def test_a_scan_holds_no_marker_inside_its_picture():
    content = scan(Stream(1, "scan"))
    start = content.index(b"\xff\xda") + 10
    assert re.findall(b"\xff[^\0]", content[start:-2]) == []


def test_a_scan_can_be_opened_by_a_library():
    image = pytest.importorskip("PIL.Image")
    import io

    with image.open(io.BytesIO(scan(Stream(2, "scan")))) as picture:
        picture.load()
        assert picture.size == (832, 1176)
        assert picture.mode == "L"
        assert (
            1000 < sum(picture.resize((104, 147)).point(lambda grey: 255 if grey < 120 else 0).histogram()[200:]) < 8000
        )
