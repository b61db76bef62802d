from collections import Counter

from lossproof.sample.stream import Stream


def test_the_sequence_is_fixed_for_ever():
    stream = Stream(7, "a name")
    assert [stream.below(1000) for _ in range(6)] == [154, 161, 858, 261, 803, 155]
    assert stream.digits(5) == "09479"


def test_streams_of_other_names_and_seeds_differ():
    draws = {tuple(Stream(seed, name).below(10**6) for _ in range(3)) for seed in range(20) for name in ("a", "b")}
    assert len(draws) == 40


def test_every_number_between_two_ends_comes_up():
    stream = Stream(1, "ends")
    assert Counter(stream.between(-1, 2) for _ in range(400)).keys() == {-1, 0, 1, 2}


def test_taking_gives_different_things_and_no_more_than_there_are():
    stream = Stream(1, "take")
    assert sorted(stream.take(range(10), 99)) == list(range(10))
    assert len(set(stream.take(range(100), 30))) == 30
    assert stream.take([], 3) == []


def test_the_common_ones_come_up_more_often():
    stream = Stream(1, "common")
    counts = Counter(stream.common("abcd") for _ in range(2000))
    assert counts["a"] > counts["b"] > counts["d"] > 0
