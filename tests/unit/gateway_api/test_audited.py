"""What is recorded: each route that changes something says how, or why not."""

import pytest

from gateway_http import access, audit, csrf
from tests.unit.gateway_api.conftest import World

#: Whose rooms these are, is recorded; a program of an advertiser may be exempt.
RECORDED = ("/admin/", "/platform/", "/cabinet/", "/api/v1/platform/")
#: In these rooms alone a view may go without: what it does is a record by itself, or changes nothing.
EXEMPT = {"cabinet.messages", "cabinet.estimate"}


def test_every_route_that_changes_something_is_recorded_or_says_why_not(world: World) -> None:
    for rule in world.app.url_map.iter_rules():
        for method in (rule.methods or set()) - csrf.SAFE_METHODS:
            view = access.acting(world.app.view_functions[rule.endpoint], method)
            action, why = audit.action_of(view), audit.why_not(view)
            assert bool(action) != bool(why), f"{method} {rule}: say @audits(...) or @unaudited(...)"
            if why and rule.rule.startswith(RECORDED):
                assert rule.endpoint in EXEMPT, f"{method} {rule} changes something for people"


def test_every_action_has_a_sentence_for_people(world: World) -> None:
    silent = [action for action, sentence in audit.SENTENCES.items() if not sentence]
    assert silent == [], "give them one where they are declared: @audits(action, sentence)"


@pytest.mark.parametrize("action", ["", "package", "Package.added", "package.added.twice", "package."])
def test_an_action_is_named_by_noun_and_verb(action: str) -> None:
    with pytest.raises(ValueError, match=r"noun\.verb"):
        audit.audits(action)
