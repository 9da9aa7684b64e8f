"""The messages of one request."""

from dataclasses import dataclass
from typing import Any

from contracts.smpp_gateway import AcceptItem


@dataclass(frozen=True, slots=True)
class Submission:
    """Messages of one request; `shared`: they came as one sender and one text to many recipients.

    `sending`: how they are to be sent, as `sending.apply` takes it.
    """

    items: list[AcceptItem]
    shared: bool
    sending: dict[str, Any]

    def pointer(self, index: int, field: str = "") -> str:
        """Where a field of the message stands in the request (RFC 6901); `field` empty = the whole message."""
        if not self.shared:
            return f"/messages/{index}/{field}".rstrip("/")
        return f"/{field}" if field in ("sender", "text") else f"/recipients/{index}"
