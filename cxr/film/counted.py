"""A number with what it counts, in English."""


def counted(number: float, one: str, many: str = "") -> str:
    """Write a number with what it counts: '1 film', '2.5 films', '3 studies', '0 films wait'."""
    written = f"{number:g}" if isinstance(number, float) else f"{number}"
    return f"{written} {one if number == 1 else many or f'{one}s'}"


def films_of_patients(films: int, patients: int) -> str:
    """Write how many films of how many patients: '1 film of 1 patient'."""
    return f"{counted(films, 'film')} of {counted(patients, 'patient')}"
