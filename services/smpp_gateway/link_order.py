"""In which order the links of a route are tried, by the mode of the route. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from struct import Struct

from contracts.smpp_routes import LinkCost, RouteTarget
from services.smpp_gateway.routing import LinkStatus

MOST_TARGETS = 16
#: The digest of a message's id, as a draw of 32 bits for each place.
_DRAWS = Struct(f">{MOST_TARGETS}I")


class Costs:
    """What a part costs on a link by direction; the most specific row counts."""

    def __init__(self, rows: Mapping[str, Sequence[LinkCost]] | None = None) -> None:
        self._prices = {(link, one.mcc, one.mnc): one.price for link, own in (rows or {}).items() for one in own}

    def of(self, link: LinkStatus, mcc: str, mnc: str) -> int | None:
        """For the operator's network, else its country, else everywhere, else what the link itself says."""
        for key in ((link.name, mcc, mnc), (link.name, mcc, ""), (link.name, "", "")):
            price = self._prices.get(key)
            if price is not None:
                return price
        return link.cost


def as_listed(targets: Sequence[RouteTarget], links: Mapping[str, LinkStatus]) -> list[LinkStatus]:
    """Failover: the enabled ones in their order."""
    return [links[one.link] for one in targets if one.link in links and links[one.link].enabled]


def cheapest_first(
    targets: Sequence[RouteTarget], links: Mapping[str, LinkStatus], costs: Costs, mcc: str, mnc: str
) -> list[LinkStatus]:
    """By what a part costs, equal ones as listed. A link without a cost counts only where it is listed last."""
    enabled = as_listed(targets, links)
    known = [(price, one) for one in enabled if (price := costs.of(one, mcc, mnc)) is not None]
    order = [one for _, one in sorted(known, key=lambda pair: pair[0])]
    last = links.get(targets[-1].link) if targets else None
    return [*order, last] if last is not None and last.enabled and last not in order else order


def by_weight(targets: Sequence[RouteTarget], links: Mapping[str, LinkStatus], message_id: str) -> Iterator[LinkStatus]:
    """Drawn one after the other, each with the chance of its weight among those that are left.

    The id alone decides, so that a retry draws the same; whoever can't take the first goes to the second, which shares out
    among the others what a link can't take. Disabled links are drawn too and then left out, so that switching one off moves
    only its own messages.
    """
    draws = _DRAWS.unpack(blake2b(message_id.encode()).digest())
    left = list(targets)
    for draw in draws[: len(targets)]:
        chosen = left.pop(_drawn(left, draw))
        link = links.get(chosen.link)
        if link is not None and link.enabled:
            yield link


def _drawn(targets: Sequence[RouteTarget], draw: int) -> int:
    """Which one the draw, of 32 bits, falls on."""
    point = draw * sum([one.weight for one in targets]) >> 32
    for index, one in enumerate(targets):
        point -= one.weight
        if point < 0:
            return index
    return len(targets) - 1
