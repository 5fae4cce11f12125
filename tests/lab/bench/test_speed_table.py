from lab.bench.made_speed import made_speed

from cxr.lab.bench.speed_table import speed_tables


def test_the_tables_show_films_steps_worklist_and_start() -> None:
    tables = speed_tables(made_speed())

    assert "| plain pipeline | 80.0 (80.0-80.0) |" in tables
    assert "| batch, torch | 8.0 (125; 10.0) |" in tables
    assert "| forward pass of the trunk | 10.00 |" in tables
    assert "6.0 ms each in a plain batch and 6.6 ms each through the worklist (1.10 times)" in tables
    assert "result of the first film after 3.0 s; peak memory 800 MB" in tables


def test_the_machine_the_versions_and_the_model_come_first() -> None:
    first = speed_tables(made_speed()).splitlines()[0]

    for word in ("A processor, 2 cores", "torch 2", "made-00000000", "torch 2, float32"):
        assert word in first
