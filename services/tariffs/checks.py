"""Bad input is told field by field, with a sentence that says what is right."""

from contracts.errors import Malformed

MOST_AUTHOR_CHARACTERS = 1_000
MOST_SUBJECT_CHARACTERS = 100


def error(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


def malformed(errors: list[dict[str, str]]) -> Malformed:
    return Malformed(f"The tariff was not saved: {errors[0]['detail']}.", {"errors": errors})


def check_author(author: str) -> None:
    _check_text("/author", author, MOST_AUTHOR_CHARACTERS, "say who does it, in 1 to 1,000 characters")


def check_subject(subject_id: str) -> None:
    _check_text("/subject_id", subject_id, MOST_SUBJECT_CHARACTERS, "say whom the tariff is for")


def _check_text(pointer: str, text: str, most_characters: int, rule: str) -> None:
    if type(text) is not str or not 1 <= len(text) <= most_characters or "\0" in text:
        raise Malformed(f"{pointer}: {rule}", {"errors": [error(pointer, "invalid", rule)]})
