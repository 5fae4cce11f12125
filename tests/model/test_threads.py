"""How many threads compute."""

from importlib import reload

from threadpoolctl import threadpool_info, threadpool_limits

from cxr.model import threads


def test_numpy_leaves_the_other_cores_alone() -> None:
    """Its threads spin while they wait: two batches at a time took half as long again."""
    with threadpool_limits(2, user_api="blas"):
        reload(threads)

        assert {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"} == {1}
