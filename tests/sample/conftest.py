"""A small stick that the tests of its files share."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from lossproof.sample.stick import fill
from lossproof.sample.truth import Mention, Truth
from sample.reading import text_of


class Stick(NamedTuple):
    """The files of a stick, what can be read in each, and the truth about it."""

    files: dict[str, bytes]
    texts: dict[str, str]
    truth: Truth

    def mentions(self, path: str) -> list[Mention]:
        """What the truth says of one file; never empty."""
        found = [mention for mention in self.truth.mentions if mention.file == path]
        assert found
        return found


@pytest.fixture(scope="session")
def stick() -> Stick:
    files, truth = fill(people=400, seed=11)
    unread = dict(truth.not_examined)
    return Stick(files, {path: text_of(path, content) for path, content in files.items() if path not in unread}, truth)
