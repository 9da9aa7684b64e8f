"""Which link a message takes: what the stages ask, and the answer where no routes are configured. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.smpp_gateway.work import Work

#: Where messages wait while there is no link at all.
FIRST_LINK = "main"


@dataclass(slots=True, frozen=True)
class LinkStatus:
    """A link as routes see it. `up`: some process has a bind on it. `cost`: of a part, 1/10,000, where no direction tells it."""

    name: str
    enabled: bool = True
    up: bool = True
    cost: int | None = None


#: The links there are, as last seen; called for each batch, so it must not ask anybody.
Links = Callable[[], Sequence[LinkStatus]]


def one_link() -> Sequence[LinkStatus]:
    return (LinkStatus(FIRST_LINK),)


class Router(Protocol):
    """What the stages ask of routes. A message always has a link once it is priced; the link may be down or disabled."""

    def refusal_of(self, work: Work) -> str | None:
        """Why this message can't be sent at all (a code of `contracts.refusals`); asked before its money is."""
        ...

    def links_of(self, works: Sequence[Work]) -> list[str]:
        """The link that each of these priced messages goes to first."""
        ...

    def alternative(self, work: Work, down: Collection[str]) -> str | None:
        """The next link of its route that is not down, for what its link can't take; None: it waits for its link."""
        ...


class NoRoutes:
    """Every message goes to the enabled links in the order of their names, the first that is up."""

    def __init__(self, links: Links = one_link) -> None:
        self._links = links

    def refusal_of(self, work: Work) -> str | None:
        return None

    def links_of(self, works: Sequence[Work]) -> list[str]:
        return [first_of(self._order())] * len(works)

    def alternative(self, work: Work, down: Collection[str]) -> str | None:
        return next_of(self._order(), work, down)

    def _order(self) -> list[LinkStatus]:
        return sorted((one for one in self._links() if one.enabled), key=lambda one: one.name)


def first_of(order: Sequence[LinkStatus]) -> str:
    """Of enabled links in the order in which they are tried, the one to go to now: where none is up, the first waits."""
    return next((one.name for one in order if one.up), order[0].name if order else FIRST_LINK)


def next_of(order: Sequence[LinkStatus], work: Work, down: Collection[str]) -> str | None:
    """The first of these that is up, not among `down` and not the one that the message waits for already."""
    for one in order:
        if one.up and one.name not in down and one.name != work.link:
            return one.name
    return None
