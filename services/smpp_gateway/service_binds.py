"""SMPP clients as they are bound: their places, and what has changed for them."""

from typing import Any

from contracts.smpp_gateway import SmppBind
from contracts.wire import many_to_wire
from kit.clock import to_rfc3339
from kit.service import Wake, loop, rpc
from services.smpp_gateway import repository_binds
from services.smpp_gateway.admission import canonical
from services.smpp_gateway.client_binds import RENEWED_EVERY_SECONDS
from services.smpp_gateway.repository_binds import Bind

MOST_LISTED = 200


class BindEntrypoints:
    """A part of `SmppGatewayService`, which gives it `db`, `clock` and `gateway`."""

    db: Any
    clock: Any
    gateway: Any
    checks_wake = Wake()

    @rpc
    def smpp_binds(self, advertiser_id: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            found = repository_binds.listed(connection, canonical(advertiser_id), self.clock.now(), MOST_LISTED)
        return many_to_wire(map(_view, found))

    @loop(every_seconds=RENEWED_EVERY_SECONDS)
    def renew_binds(self) -> None:
        self.gateway.binds.renew()

    @loop(every_seconds=5.0, wake="checks_wake")
    def check_clients(self) -> None:
        self.gateway.checks.run_once()

    def look_at_clients(self, advertiser_ids: list[str]) -> None:
        """Their credentials, limits or states have changed."""
        if self.gateway.checks.mark(advertiser_ids):
            self.checks_wake.set()


def _view(bind: Bind) -> SmppBind:
    return SmppBind(
        system_id=bind.system_id,
        kind=bind.kind,
        address=bind.address,
        secure=bind.secure,
        bound_at=to_rfc3339(bind.bound_at),
    )
