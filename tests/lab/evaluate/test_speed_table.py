from evidence.made_speed import made_speed

from cxr.lab.evaluate.speed_table import speed_tables


def test_the_tables_hold_films_parts_and_goals() -> None:
    tables = speed_tables(made_speed())

    assert "| plain pipeline | 80.0 (80.0-80.0) |" in tables
    assert "| ours, batch, torch | 8.0 (125; 10.0) |" in tables
    assert "| forward pass of the trunk | 10.00 |" in tables
    assert "| multiplication alone, share of the forward pass on all cores | 50% |" in tables
    assert "6.0 ms to be scored without a worklist, 6.6 ms through it, after 5.0 ms" in tables
    assert "| batch, torch | at least 8 times | 10 times | yes |" in tables
    assert "| batch, OpenVINO | at least 12 times | not measured | – |" in tables


def test_the_machine_the_versions_and_the_model_stand_above() -> None:
    first = speed_tables(made_speed()).splitlines()[0]

    for word in ("A processor, 2 cores", "torch 2", "made-00000000", "torch, float32"):
        assert word in first
