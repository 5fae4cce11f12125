"""What is measured is kept as JSON."""

from typing import Self

from pydantic import TypeAdapter


class AsJson:
    """A dataclass that is written and read as JSON, by the types of its fields."""

    __slots__ = ()

    def to_json(self, indent: int = 2) -> str:
        """Write everything as JSON."""
        return TypeAdapter(type(self)).dump_json(self, indent=indent, by_alias=True).decode() + "\n"

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read what was written; pydantic's `ValidationError` where it is of another kind."""
        return TypeAdapter(cls).validate_json(content)
