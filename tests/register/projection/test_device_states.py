"""What SQL chooses is what the log says, device by device, as of any time, as known at any time."""

from __future__ import annotations

import pytest

from lossproof.errors import InputError
from lossproof.jobs.history import known_leaves
from lossproof.jobs.states import device_state
from lossproof.register.projection import apply
from lossproof.register.projection.device_states import ALWAYS, AsOf, states
from lossproof.register.projection.moments import Moments
from register.projection.made_logs import MadeLog


def known_times(made: MadeLog) -> list[str | None]:
    """Times at which the log had some of its leaves, to the millisecond, and now."""
    reader = made.world.reader
    return [None, *(reader.leaf(made.draw.randrange(reader.size)).entry.known_at for _ in range(4))]


def told(made: MadeLog, at: int | None, known_at: str | None, devices=None) -> dict[str, object]:
    """The slow, right answer."""
    found = {}
    for device in devices or made.devices:
        try:
            found[device] = device_state(made.world.reader, made.world.projection, device, at, known_at)
        except InputError:
            continue
    return found


@pytest.mark.parametrize("seed", range(4))
def test_states_are_those_that_the_log_gives_as_of_any_two_times(register_world, seed):
    made = MadeLog(register_world, seed)
    compared = 0
    for _ in range(3):
        made.grow(50)
        with register_world.write() as writer:
            apply(writer)
        reader = register_world.reader
        for known_at in known_times(made):
            for at in (None, *made.moments()):
                as_of = AsOf(ALWAYS if at is None else at, known_leaves(reader, known_at))
                found = {one.device: one for _, one in states(register_world.database, reader.log, None, as_of)}
                assert found == told(made, at, known_at)
                compared += len(found)
    assert compared > 100


@pytest.mark.parametrize("seed", range(4))
def test_one_reading_gives_the_states_of_a_device_at_every_moment(register_world, seed):
    made = MadeLog(register_world, seed)
    made.grow(150)
    with register_world.write() as writer:
        apply(writer)
    database, reader = register_world.database, register_world.reader
    devices = dict(database.execute("SELECT subject, device FROM register_device"))
    compared = 0
    for known_at in known_times(made):
        size = known_leaves(reader, known_at)
        for subject, device in devices.items():
            whole = Moments(database, reader.log, device, size)
            for at in (ALWAYS, *made.moments()):
                (right,) = told(made, None if at == ALWAYS else at, known_at, [subject]).values() or [None]
                assert whole.at(at) == right
                if at != ALWAYS:
                    assert (
                        Moments(database, reader.log, device, size, at - made.draw.randint(0, 9**6), at).at(at) == right
                    )
                compared += right is not None
    assert compared > 50
