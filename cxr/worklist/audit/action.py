"""What the audit trail records."""

from enum import StrEnum


class Action(StrEnum):
    """What was done."""

    ACCEPTED = "accepted"
    ADDED_AGAIN = "added again"
    SCORED = "scored"
    REFUSED = "refused"
    SAW = "saw"
    CLAIMED = "claimed"
    RELEASED = "released"
    READ = "read"
    READING_UNDONE = "reading undone"
    RAISED = "raised"
    INVERTED = "inverted"
    ORIENTED = "oriented"
    OVERRULED = "overruled"
    REDACTED = "redacted"
    DISMISSED = "dismissed"
    RESTORED = "restored"
    EXPORTED = "exported"
    PURGED = "purged"
    RECEIVED = "received"
    SENT = "sent"
    SIGNED_IN = "signed in"
    SIGNED_OUT = "signed out"
    SIGN_IN_FAILED = "sign-in failed"
    SIGN_IN_PAUSED = "sign-in paused"
    NOT_ALLOWED = "not allowed"
    ACCOUNT_CHANGED = "account changed"
    SITE_STATE = "site state"
    STOP_RULE = "stop rule"
    SITE_PROFILE = "site profile"
    TOKEN_CHANGED = "token changed"
    REPORTED_ELSEWHERE = "reported elsewhere"

    @classmethod
    def _missing_(cls, value: object) -> "Action | None":
        """Recognise the words that earlier versions stored: a line, once written, never changes."""
        return next((action for action, old in EARLIER_WORDS.items() if old == value), None)

    @property
    def stored(self) -> tuple[str, ...]:
        """Every word that a database may hold for this action."""
        return (self.value, EARLIER_WORDS[self]) if self in EARLIER_WORDS else (self.value,)


EARLIER_WORDS = {
    Action.ADDED_AGAIN: "handed in again",
    Action.CLAIMED: "took",
    Action.RELEASED: "put back",
    Action.INVERTED: "turned round",
    Action.REDACTED: "blacked out",
    Action.DISMISSED: "taken off",
    Action.RESTORED: "brought back",
}
"""Words of version 0.1, never shown: the hash of a line covers its word, so they have to stay readable."""
