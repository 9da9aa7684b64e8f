"""The gateway's own table of routes, and their addresses with the ids of a tenant."""

import re

from flask import Flask
from werkzeug.routing import Rule

from gateway_http.access import HOSTLESS, roles_of
from tests.unit.gateway_api.conftest import shared_app

#: Of the platform's own things, which no partner owns, and of the manual.
PLATFORM_ARGUMENTS = frozenset(
    ("name", "scheme_id", "position", "step", "subject", "subject_id", "provider", "token", "section")
)


def app() -> Flask:
    """The gateway over fake services: its routes and what they declare are those of the real one."""
    return shared_app("0")


def rules() -> list[Rule]:
    """Every route, but those that answer on every host."""
    return [rule for rule in app().url_map.iter_rules() if rule.endpoint not in HOSTLESS]


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def roles(rule: Rule) -> frozenset[str]:
    """Who may use the route; empty where everybody may."""
    return roles_of(app().view_functions[rule.endpoint])


def path_of(rule: Rule, ids: dict[str, str]) -> str:
    """The address of the rule with these ids; for what is not a tenant's, any that is well-formed."""
    built = rule.rule
    for name in rule.arguments:
        value = ids.get(f"{rule.endpoint}:{name}") or ids.get(name) or "1"
        built = re.sub(rf"<(?:[^<>]*:)?{name}>", value, built)
    return built
