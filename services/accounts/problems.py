"""Collects what is wrong with the fields of a request, so that people see all of it at once."""

from contracts.accounts import PROBLEMS
from contracts.errors import PROBLEMS as COMMON
from contracts.errors import Conflict, Malformed


class Problems:
    """`add` and at last `raise_if_any`; codes are those of `contracts.accounts.PROBLEMS`."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []

    def add(self, pointer: str, code: str) -> None:
        self.found.append(_problem(pointer, code))

    def raise_if_any(self) -> None:
        if self.found:
            raise Malformed(self.found[0]["detail"], {"errors": self.found})


def malformed(pointer: str, code: str) -> Malformed:
    """The error of one wrong field."""
    problem = _problem(pointer, code)
    return Malformed(problem["detail"], {"errors": [problem]})


def conflict(pointer: str, code: str) -> Conflict:
    """The error of one field that is right by itself and clashes with what is stored."""
    problem = _problem(pointer, code)
    return Conflict(problem["detail"], {"errors": [problem]})


def changed_meanwhile() -> Conflict:
    """Somebody else has changed the record since the form was opened."""
    detail = COMMON["changed_meanwhile"]
    return Conflict(detail, {"errors": [{"pointer": "", "code": "changed_meanwhile", "detail": detail}]})


def _problem(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": PROBLEMS[code]}
