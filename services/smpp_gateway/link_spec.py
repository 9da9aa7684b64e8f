"""What a process knows of the links: as they are stored, ready to be used, and which of them are up. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.smpp_gateway.lease import Bind, BindKey, Standing
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.links import StoredLink


@dataclass(slots=True, frozen=True)
class LinkSpec:
    """`settings` is None where the link can't be used, and `trouble` says why in a sentence."""

    stored: StoredLink
    settings: LinkSettings | None
    trouble: str = ""

    @property
    def name(self) -> str:
        return self.stored.name

    @property
    def usable(self) -> bool:
        return self.stored.enabled and self.settings is not None

    @property
    def submits(self) -> bool:
        """A receiver takes no message, whatever its state."""
        return self.settings is None or self.settings.bind_type != "receiver"


@dataclass(slots=True, frozen=True)
class LinkHealth:
    """`bound`: how many binds are up, in whichever process. `down_since` is None while one is."""

    bound: int
    down_since: datetime | None

    def down_for(self, now: datetime) -> timedelta:
        return now - self.down_since if self.down_since is not None else timedelta(0)


def usable_binds(specs: Mapping[str, LinkSpec], binds: Iterable[Bind]) -> set[BindKey]:
    """Those that some process should have now."""
    return {
        one.key
        for one in binds
        if (spec := specs.get(one.link)) is not None and spec.usable and one.number <= spec.stored.binds
    }


def health_of(spec: LinkSpec, standing: Standing, before: LinkHealth | None) -> LinkHealth:
    """`before`: what was known at the last look, None at the first. Its time begins when it is seen to be down: an owner
    that died is seen so when its lease has ended, and another one is about to take over."""
    bound = sum(one.bound(standing.now) for one in standing.binds if one.link == spec.name)
    if bound:
        return LinkHealth(bound, None)
    return LinkHealth(0, (before and before.down_since) or standing.now)


def gives_up(spec: LinkSpec | None, health: LinkHealth | None, now: datetime) -> bool:
    """Whether what waits for this link is to go elsewhere: it is gone, disabled, a receiver, or down for as long as it may be."""
    if spec is None or not spec.usable or not spec.submits or spec.stored.draining:
        return True
    if health is None:
        return False
    return health.down_for(now) >= timedelta(seconds=spec.stored.failover_after_seconds) and not health.bound
