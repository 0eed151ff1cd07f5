"""What happens to people in a shareable copy: a name that settings, receipts and clients share.

Policy("blur") is Policy.BLUR
"""

from enum import StrEnum


class Policy(StrEnum):
    """What happens to people."""

    BLUR = "blur"
    PIXELATE = "pixelate"
    REMOVE = "remove"
    WITHHOLD = "withhold"
