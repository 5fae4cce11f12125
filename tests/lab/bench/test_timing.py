import pytest

from cxr.lab.bench.timing import in_turns, pace, spread


def test_contenders_run_once_to_warm_up_and_then_in_turns() -> None:
    ran: list[str] = []

    def contender(name: str) -> int:
        ran.append(name)
        return 10

    found = in_turns({name: lambda name=name: contender(name) for name in "abc"}, rounds=2)

    assert ran == [*"abc", *"abc", *"bca"]
    assert {name: len(times) for name, times in found.items()} == {"a": 2, "b": 2, "c": 2}


def test_ratios_are_taken_within_a_round() -> None:
    """The machine is twice as slow in the second round, and both contenders with it."""
    found = pace(ours=[10.0, 20.0, 10.0], reference=[80.0, 160.0, 90.0])

    assert found.times_faster.low == found.times_faster.median == 8.0 and found.times_faster.high == 9.0
    assert found.milliseconds.median == 10.0 and found.films_a_second == 100.0


def test_a_spread_is_a_median_between_two_ends() -> None:
    found = spread([3.0, 1.0, 2.0])

    assert (found.low, found.median, found.high) == (1.0, 2.0, 3.0)
    assert str(found) == "2.0 (1.0-3.0)"


def test_a_contender_that_fails_ends_the_benchmark() -> None:
    def fail() -> int:
        raise ValueError("no film")

    with pytest.raises(ValueError, match="no film"):
        in_turns({"a": fail}, rounds=1)
