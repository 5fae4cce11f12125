"""A number with what it counts, in English."""


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: '1 film', '2 films', '3 studies'."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
