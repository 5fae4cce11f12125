"""What people who looked at a film say that it shows."""

from enum import StrEnum


class Label(StrEnum):
    """What a film shows; `other` is neither a positive nor a negative."""

    NORMAL = "normal"
    PNEUMONIA = "pneumonia"
    OTHER = "other"
