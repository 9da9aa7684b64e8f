"""The router over schemes: what it decides for a kind of message holds until the minute is over or the tables change."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from kit.clock import Clock
from services.smpp_gateway.link_order import by_weight
from services.smpp_gateway.route_rules import Rule, Traits
from services.smpp_gateway.routing import FIRST_LINK, Links, LinkStatus, first_of, next_of
from services.smpp_gateway.schemes import Decision, Tables, order_of
from services.smpp_gateway.work import Work

#: Kinds of messages whose decisions are remembered.
MOST_REMEMBERED = 20_000
_MINUTE = timedelta(minutes=1)


class SchemeRouter:
    """Implements `routing.Router`. `tables` gives the newest there are; it may ask the database the first time."""

    def __init__(self, tables: Callable[[], Tables], links: Links, clock: Clock) -> None:
        self._tables_now, self._links, self._clock = tables, links, clock
        self._tables = Tables()
        self._decided: dict[Traits, Decision] = {}
        self._since = self._until = datetime.min.replace(tzinfo=UTC)

    def refusal_of(self, work: Work) -> str | None:
        return self._decision(_traits(work)).refusal

    def links_of(self, works: Sequence[Work]) -> list[str]:
        links = {one.name: one for one in self._links()}
        decided = self._fresh()
        firsts: dict[tuple[int, str, str], str] = {}
        found = []
        for work in works:
            traits = _traits(work)
            decision = decided.get(traits) or self._decision(traits)
            rule = decision.rule
            if rule is not None and rule.route.mode == "weights":
                found.append(self._drawn(rule, work.id, links))
                continue
            key = id(rule), work.mcc, work.mnc
            name = firsts.get(key)
            if name is None:
                order = order_of(decision, links, self._tables.costs, traits, "")
                name = firsts[key] = first_of(order) if order else _waits_for(rule, links)
            found.append(name)
        return found

    def alternative(self, work: Work, down: Collection[str]) -> str | None:
        links, traits = {one.name: one for one in self._links()}, _traits(work)
        order = order_of(self._decision(traits), links, self._tables.costs, traits, work.id)
        return next_of(order, work, down)

    def _drawn(self, rule: Rule, message_id: str, links: Mapping[str, LinkStatus]) -> str:
        """Nearly always the first one that is drawn is up, and the others need not be."""
        drawn = by_weight(rule.route.targets, links, message_id)
        first = next(drawn, None)
        if first is None:
            return _waits_for(rule, links)
        return first.name if first.up else first_of([first, *drawn])

    def _decision(self, traits: Traits) -> Decision:
        decided = self._fresh()
        found = decided.get(traits)
        if found is None:
            if len(decided) >= MOST_REMEMBERED:
                decided.clear()
            found = decided[traits] = self._tables.decide(traits, self._clock.now())
        return found

    def _fresh(self) -> dict[Traits, Decision]:
        """What is decided by the present tables in the present minute."""
        tables, now = self._tables_now(), self._clock.now()
        if tables is not self._tables or not self._since <= now < self._until:
            self._tables = tables
            self._since = now.replace(second=0, microsecond=0)
            self._until = self._since + _MINUTE
            self._decided.clear()
        return self._decided


def _waits_for(rule: Rule | None, links: Mapping[str, LinkStatus]) -> str:
    """All its links are disabled or gone: it waits for the first, and never takes one that its route does not name."""
    named = [one.link for one in rule.route.targets] if rule is not None else [FIRST_LINK]
    return next((one for one in named if one in links), named[0])


def _traits(work: Work) -> Traits:
    return Traits(work.mcc, work.mnc, work.sms_type, work.sender, work.partner_id, work.advertiser_id)
