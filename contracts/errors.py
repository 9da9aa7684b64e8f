"""The one tree of errors. An error has a code, tells who can act, and is mapped here, once, to HTTP and SMPP.

`args` is always `(detail, data)`, so that an error survives the bus unchanged (`revive`). SMPP statuses are those of
SMPP 3.4, section 5.1.3.
"""

from typing import Any, ClassVar

#: Codes of `data["errors"]` that any service may answer, and their sentences (English msgids).
PROBLEMS = {
    "changed_meanwhile": "Somebody else has changed this meanwhile, so nothing was saved: open the form again to see it",
}

#: All that anybody outside a process is told of an error that is not of this tree.
UNEXPECTED = "An unexpected error; the log of the service has it."


class GolubError(Exception):
    """Base of every error that a caller may see. `data` is a JSON object of machine-readable particulars."""

    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"
    who: ClassVar[str] = "operator"
    http_status: ClassVar[int] = 500
    smpp_status: ClassVar[int] = 0x08  # ESME_RSYSERR

    def __init__(self, detail: str = "", data: dict[str, Any] | None = None) -> None:
        super().__init__(detail, data or {})

    @property
    def detail(self) -> str:
        return self.args[0] or self.title

    @property
    def data(self) -> dict[str, Any]:
        return self.args[1]

    def __str__(self) -> str:
        return self.detail


class Malformed(GolubError):
    """The request can't be understood; nothing of it was stored. `data["errors"]`: `[{pointer, code, detail}]`."""

    code = "malformed"
    title = "The request is malformed"
    who = "caller"
    http_status = 422
    smpp_status = 0x08


class NotFound(GolubError):
    """There is no such thing, or it is not the caller's."""

    code = "not_found"
    title = "There is no such object"
    who = "caller"
    http_status = 404


class Unauthenticated(GolubError):
    """Wrong or missing credentials."""

    code = "unauthenticated"
    title = "The credentials are missing or wrong"
    who = "caller"
    http_status = 401
    smpp_status = 0x0E  # ESME_RINVPASWD


class Forbidden(GolubError):
    """Known, but not allowed."""

    code = "forbidden"
    title = "This is not allowed"
    who = "partner"
    http_status = 403
    smpp_status = 0x0D  # ESME_RBINDFAIL


class Conflict(GolubError):
    """The request contradicts what is stored: a taken login, a record changed meanwhile, a package already used."""

    code = "conflict"
    title = "The request contradicts the current state"
    who = "caller"
    http_status = 409


class RequestInProgress(Conflict):
    """The first request with this idempotency key has not ended yet."""

    code = "request_in_progress"
    title = "A request with this Idempotency-Key is still being processed"


class IdempotencyMismatch(Conflict):
    """The id or idempotency key was used before with other contents."""

    code = "idempotency_mismatch"
    title = "This Idempotency-Key was used with another request"
    http_status = 422


class TooManyRequests(GolubError):
    """A rate limit. `data["retry_after_seconds"]` says when to come again."""

    code = "too_many_requests"
    title = "Too many requests"
    who = "caller"
    http_status = 429
    smpp_status = 0x58  # ESME_RTHROTTLED


class Unavailable(GolubError):
    """A part of the platform does not answer now. The same request may be repeated with the same id."""

    code = "unavailable"
    title = "The service is temporarily unavailable"
    http_status = 503
    smpp_status = 0x08


class DeadlineExceeded(Unavailable):
    """No answer came before the deadline; whether the call took effect is unknown."""

    code = "deadline_exceeded"
    title = "No answer came in time"
    http_status = 504


def _tree(root: type[GolubError]) -> dict[str, type[GolubError]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found.update(_tree(child))
    return found


def revive(name: str, args: Any) -> GolubError:
    """The error that was raised on the other side of the bus; an unknown one becomes a plain `GolubError`."""
    kind = _tree(GolubError).get(name)
    if kind is None:
        return GolubError(f"{name}: {args}")
    detail, data = [*args, "", {}][:2]
    return kind(detail, data)
