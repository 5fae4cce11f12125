"""What a film shows, according to the people who read it."""

from enum import StrEnum


class Label(StrEnum):
    """What a film shows; `other` is neither a positive nor a negative."""

    NORMAL = "normal"
    PNEUMONIA = "pneumonia"
    OTHER = "other"
