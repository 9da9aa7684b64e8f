"""The operator's own journal of actions: its people and its programs. The page is gateway_http.admin.journal's."""

from flask import Blueprint, Response

from gateway_http.access import OPERATOR, roles
from gateway_http.admin.journal import PLATFORM, journal_page


def install(blueprint: Blueprint) -> None:
    blueprint.get("/audit", endpoint="audit")(journal)


@roles(OPERATOR)
def journal() -> Response:
    return journal_page("platform.audit", None, (PLATFORM,))
