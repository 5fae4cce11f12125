"""Why a change of a case cannot be made, in words for the person who tried."""


class NotPossibleError(Exception):
    """A change that cannot be made, explained to the person who tried."""


class ClaimedError(NotPossibleError):
    """Somebody else claimed the case."""

    def __init__(self, reader: str) -> None:
        super().__init__(f"{reader} has this case. Claim another one, or take it over from {reader}.")
        self.reader = reader


class NotAllowedError(NotPossibleError):
    """The person's role does not allow it."""


class ChangedError(NotPossibleError):
    """The case changed since it was shown."""

    def __init__(self) -> None:
        super().__init__(
            "This case has changed since you opened it. Look at it again, then repeat what you did."
        )


class PurgedError(NotPossibleError):
    """The film's pixels were removed."""

    def __init__(self) -> None:
        super().__init__(
            "The pixels of this film were removed. Add the film again, then repeat what you did."
        )
