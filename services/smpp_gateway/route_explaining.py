"""Which route a number would take and why, step by step: the same decision as on the way of a message. Pure."""

from collections.abc import Sequence
from datetime import datetime

from contracts.smpp_routes import RouteExplained, RouteLink, RouteSchemeLine, RouteStep
from contracts.tariffs import Quote
from kit.clock import to_rfc3339
from services.smpp_gateway.route_rules import Rule, Traits
from services.smpp_gateway.routing import LinkStatus, first_of
from services.smpp_gateway.schemes import Scheme, Tables, order_of

#: Routes that are told as not taken; what is told of more nobody reads.
MOST_STEPS = 1_000


def explained(
    tables: Tables,
    links: Sequence[LinkStatus],
    traits: Traits,
    *,
    recipient: str,
    place: Quote,
    at: datetime,
    message_id: str,
) -> RouteExplained:
    """`message_id`: weights draw by it; that of a message that is sent may draw another link."""
    chosen_by, chain = tables.chain(traits.advertiser_id, traits.partner_id)
    gone_through: list[Scheme] = []
    steps: list[RouteStep] = []
    for scheme in chain:
        gone_through.append(scheme)
        if _tried(scheme, traits, at, steps):
            break
    decision = tables.decide(traits, at)
    # A number that belongs to nobody is refused before any route is looked for.
    refusal = "direction_unknown" if place.refusal == "direction_unknown" else decision.refusal
    order = [] if decision.refusal else order_of(
        decision, {one.name: one for one in links}, tables.costs, traits, message_id
    )  # fmt: skip
    rule = decision.rule
    return RouteExplained(
        recipient=recipient,
        direction=place.direction,
        mcc=place.mcc,
        mnc=place.mnc,
        chosen_by=chosen_by,
        schemes=[_line(tables, one) for one in gone_through],
        steps=steps[:MOST_STEPS],
        route=rule.position if rule else 0,
        mode=rule.route.mode if rule else "",
        links=[_link(one, tables, traits, rule) for one in order],
        link=first_of(order) if order and not refusal else "",
        refusal=refusal,
        at=to_rfc3339(at),
    )


def _tried(scheme: Scheme, traits: Traits, at: datetime, steps: list[RouteStep]) -> bool:
    """Whether a route of the scheme takes the message; each that was tried becomes a step."""
    for rule in scheme.rules:
        why_not = rule.why_not(traits, at)
        steps.append(RouteStep(scheme_id=scheme.id, position=rule.position, name=rule.route.name, why_not=why_not))
        if not why_not:
            return True
    return False


def _line(tables: Tables, scheme: Scheme) -> RouteSchemeLine:
    return RouteSchemeLine(
        id=scheme.id,
        name=scheme.name,
        after="default" if scheme.goes_on else "refuse",
        routes=len(scheme.rules),
        version=scheme.version,
        is_default=scheme.id == tables.default_id,
        subjects=0,
        author="",
        changed_at="",
    )


def _link(link: LinkStatus, tables: Tables, traits: Traits, rule: Rule | None) -> RouteLink:
    targets = rule.route.targets if rule else []
    return RouteLink(
        link=link.name,
        enabled=link.enabled,
        up=link.up,
        cost=tables.costs.of(link, traits.mcc, traits.mnc),
        weight=next((one.weight for one in targets if one.link == link.name), 0),
    )
