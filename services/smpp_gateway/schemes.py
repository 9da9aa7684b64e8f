"""Which scheme counts for a message, and which of its routes the message takes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.smpp_routes import RouteScheme
from services.smpp_gateway.link_order import Costs, as_listed, by_weight, cheapest_first
from services.smpp_gateway.route_rules import Rule, Traits, compiled
from services.smpp_gateway.routing import LinkStatus

NO_ROUTE = "no_route"


class Scheme:
    """A scheme ready to be asked; routes that can't match a direction are left out of sight once and for all."""

    def __init__(self, given: RouteScheme) -> None:
        self.id, self.name, self.version = given.id, given.name, given.version
        self.goes_on = given.after == "default"
        self.rules = compiled(given.routes)
        self._of_direction: dict[tuple[str, str], tuple[Rule, ...]] = {}

    def match(self, traits: Traits, at: datetime) -> Rule | None:
        """The first route that the message meets."""
        for rule in self._candidates(traits.mcc, traits.mnc):
            if not rule.why_not(traits, at):
                return rule
        return None

    def _candidates(self, mcc: str, mnc: str) -> tuple[Rule, ...]:
        found = self._of_direction.get((mcc, mnc))
        if found is None:
            found = self._of_direction[mcc, mnc] = tuple(
                one for one in self.rules if not one.route.mcc or (one.route.mcc == mcc and one.route.mnc in ("", mnc))
            )
        return found


@dataclass(slots=True, frozen=True)
class Tables:
    """Everything that decides, as of one moment. Assignments: scheme by advertiser, and by partner."""

    schemes: Mapping[str, Scheme] = field(default_factory=dict)
    default_id: str | None = None
    of_advertiser: Mapping[str, str] = field(default_factory=dict)
    of_partner: Mapping[str, str] = field(default_factory=dict)
    costs: Costs = field(default_factory=Costs)

    def chain(self, advertiser_id: str, partner_id: str) -> tuple[str, list[Scheme]]:
        """(whose scheme counts, the schemes that are gone through).

        The advertiser's own, else its partner's, else the default; the default goes on where the first says so.
        """
        default = self.schemes.get(self.default_id or "")
        for whose, found in (
            ("advertiser", self.of_advertiser.get(advertiser_id)),
            ("partner", self.of_partner.get(partner_id)),
        ):
            own = self.schemes.get(found or "")
            if own is not None:
                goes_on = own.goes_on and default is not None and default is not own
                return whose, [own, default] if goes_on and default is not None else [own]
        return ("default", [default]) if default is not None else ("none", [])

    def decide(self, traits: Traits, at: datetime) -> "Decision":
        """Exactly one of: a route, a refusal, or neither: the enabled links in the order of their names."""
        _, chain = self.chain(traits.advertiser_id, traits.partner_id)
        for scheme in chain:
            rule = scheme.match(traits, at)
            if rule is not None:
                return Decision(rule, None)
        # What goes on where no further scheme is goes the way of those who have none.
        return Decision(None, None if not chain or chain[-1].goes_on else NO_ROUTE)


@dataclass(slots=True, frozen=True)
class Decision:
    rule: Rule | None
    refusal: str | None


def order_of(
    decision: Decision, links: Mapping[str, LinkStatus], costs: Costs, traits: Traits, message_id: str
) -> list[LinkStatus]:
    """The enabled links that the message may take, in the order in which they are tried."""
    if decision.rule is None:
        return sorted((one for one in links.values() if one.enabled), key=lambda one: one.name)
    route = decision.rule.route
    if route.mode == "weights":
        return list(by_weight(route.targets, links, message_id))
    if route.mode == "least_cost":
        return cheapest_first(route.targets, links, costs, traits.mcc, traits.mnc)
    return as_listed(route.targets, links)
