"""For every test: bounded memory, no deadlines on a busy machine, and on the forge the same examples each time."""

from __future__ import annotations

import os
import resource

from hypothesis import settings

DATA_BYTES = 6 << 30

# A test that runs wild fails with a MemoryError of its own, instead of taking the machine with it.
_, hard = resource.getrlimit(resource.RLIMIT_DATA)
resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, hard))

settings.register_profile("desk", deadline=None)
settings.register_profile("forge", deadline=None, derandomize=True)
settings.load_profile("forge" if os.environ.get("CI") else "desk")
