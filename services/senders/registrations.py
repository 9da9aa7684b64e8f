"""What may be stated about a name at an operator. Pure."""

from datetime import date

from stdnum.ru import inn as stdnum_inn

from contracts.senders_states import REGISTRATION_STATES
from services.senders.asked import malformed, storable

MOST_ENTITY, MOST_COMMENT = 200, 500


def inn_problem(inn: str) -> bool:
    """Whether this is no INN (10 digits of an organisation, 12 of a person; check digits by python-stdnum)."""
    return not (inn.isascii() and inn.isdigit() and inn.strip("0") != "" and stdnum_inn.is_valid(inn))


def check_entity(legal_entity: str, inn: str) -> list[tuple[str, str]]:
    """Both may be empty."""
    problems = []
    if len(legal_entity) > MOST_ENTITY or not storable(legal_entity):
        problems.append(("/legal_entity", "text_invalid"))
    if inn and inn_problem(inn):
        problems.append(("/inn", "inn_invalid"))
    return problems


def checked(given: dict[str, str]) -> dict[str, object]:
    """The values of a row; `Malformed` with all that is wrong. `given`: mcc, mnc, state, legal_entity, inn, since, until,
    comment."""
    values = {name: value.strip() for name, value in given.items()}
    problems = check_entity(values["legal_entity"], values["inn"])
    if not _digits(values["mcc"], (3,)):
        problems.append(("/mcc", "mcc_invalid"))
    if not _digits(values["mnc"], (2, 3)):
        problems.append(("/mnc", "mnc_invalid"))
    if values["state"] not in REGISTRATION_STATES:
        problems.append(("/state", "registration_state_invalid"))
    if values["state"] == "registered" and not values["legal_entity"]:
        problems.append(("/legal_entity", "legal_entity_missing"))
    if len(values["comment"]) > MOST_COMMENT or not storable(values["comment"]):
        problems.append(("/comment", "text_invalid"))
    dates = {}
    for name in ("since", "until"):
        try:
            dates[name] = date.fromisoformat(values[name]) if values[name] else None
        except ValueError:
            problems.append((f"/{name}", "date_invalid"))
    since, until = dates.get("since"), dates.get("until")
    if since and until and until < since:
        problems.append(("/until", "dates_reversed"))
    if problems:
        raise malformed(*problems)
    return {**values, **dates}


def _digits(text: str, lengths: tuple[int, ...]) -> bool:
    return text.isascii() and text.isdigit() and len(text) in lengths
