"""Under which name the changes of a program are noted."""

from gateway_http.access import operator_program


def author() -> str:
    """Beside the logins of people: no login has a colon."""
    return f"API: {operator_program().name}"
