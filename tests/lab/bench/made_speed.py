"""Invented speed figures."""

from dataclasses import replace
from typing import Any

from cxr.lab.bench.speed import (
    FULL_SIZE,
    AppStart,
    Machine,
    Memory,
    Pace,
    Parts,
    SetSpeed,
    Speed,
    Spread,
    WorklistSpeed,
)


def exactly(value: float) -> Spread:
    return Spread(value, value, value)


def made_speed(**changed: Any) -> Speed:
    """A run on two cores without OpenVINO."""
    films = SetSpeed(
        name=FULL_SIZE,
        films=32,
        plain=exactly(80.0),
        frugal=Pace(exactly(64.0), exactly(1.25)),
        single={"torch": Pace(exactly(16.0), exactly(5.0))},
        batch={"torch": Pace(exactly(8.0), exactly(10.0))},
    )
    parts = Parts(read=5.0, resize=1.0, forward=10.0, head=0.1, quality=0.3, map=0.02, calibration=0.003)
    speed = Speed(
        bundle="made-00000000",
        machine=Machine("A processor", 2, {"torch": "2"}),
        engines={"torch": "torch 2, float32"},
        sets=(films,),
        parts={"torch": parts},
        memory=Memory({0: 600.0, 100: 700.0, 1000: 710.0}, 720.0),
        seconds=200.0,
        worklist=WorklistSpeed(256, exactly(6.0), exactly(6.6), exactly(5.0)),
        start=AppStart(3, *(exactly(value) for value in (0.5, 0.7, 3.0, 700.0, 800.0))),
    )
    return replace(speed, **changed)
