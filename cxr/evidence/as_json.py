"""What is measured is kept as JSON."""

from pydantic import TypeAdapter


class AsJson:
    """A dataclass that is written as JSON, by the types of its fields."""

    __slots__ = ()

    def to_json(self, indent: int = 2) -> str:
        """Write everything as JSON."""
        return TypeAdapter(type(self)).dump_json(self, indent=indent, by_alias=True).decode() + "\n"
