"""What a person or a program is to the worklist; `cxr/access/rights.py` says what each may do."""

from enum import StrEnum


class Role(StrEnum):
    """Role of an account."""

    READER = "reader"
    LEAD = "lead"
    ADMIN = "admin"
    SERVICE = "service"
