"""smpp_gateway: the entrypoints of links to operators. Part of `SmppGatewayService`, whose dependencies these are."""

from typing import Any

from contracts.smpp_links import LinkChange, LinkStatus
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.service import rpc
from services.smpp_gateway import repository_links
from services.smpp_gateway.link_pairs import receipts_over
from services.smpp_gateway.link_views import MOST_COUNTED, link_document, link_fields, link_status, link_view
from services.smpp_gateway.links import StoredLink
from services.smpp_gateway.patience import MOST_AUTHOR


class LinksRpc:
    db: Any
    gateway: Any

    @rpc
    def links(self) -> list[dict[str, Any]]:
        return many_to_wire([link_view(one) for one in self._statuses()])

    @rpc
    def operator_link_statuses(self) -> list[dict[str, Any]]:
        return many_to_wire(self._statuses())

    @rpc
    def operator_link_fields(self) -> list[dict[str, Any]]:
        return many_to_wire(link_fields())

    @rpc
    def operator_links(self) -> list[dict[str, Any]]:
        return [self._document(one) for one in self.gateway.links.all()]

    @rpc
    def operator_link(self, name: str) -> dict[str, Any]:
        return self._document(self.gateway.links.find(name))

    @rpc
    def put_operator_link(self, change: dict[str, Any], author: str) -> dict[str, Any]:
        return self._document(self.gateway.links.put(from_wire(LinkChange, change), author[:MOST_AUTHOR]))

    @rpc
    def enable_operator_link(self, name: str, enabled: bool, author: str) -> dict[str, Any]:
        return self._document(self.gateway.links.switch(name, author[:MOST_AUTHOR], enabled=enabled is True))

    @rpc
    def drain_operator_link(self, name: str, draining: bool, author: str) -> dict[str, Any]:
        return self._document(self.gateway.links.switch(name, author[:MOST_AUTHOR], draining=draining is True))

    @rpc
    def reconnect_operator_link(self, name: str, author: str) -> dict[str, Any]:
        return self._document(self.gateway.links.switch(name, author[:MOST_AUTHOR]))

    @rpc
    def delete_operator_link(self, name: str, author: str) -> None:
        self.gateway.links.delete(name, author[:MOST_AUTHOR])

    def _document(self, link: StoredLink) -> dict[str, Any]:
        return to_wire(link_document(self.gateway.fleet.book.spec_of(link)))

    def _statuses(self) -> list[LinkStatus]:
        fleet, statuses = self.gateway.fleet, []
        with self.db.begin() as connection:
            standing = fleet.standing_now(connection)
            for spec in fleet.book.specs.values():
                status = link_status(
                    spec,
                    standing,
                    fleet.health.get(spec.name),
                    waiting=repository_links.waiting(connection, spec.name, MOST_COUNTED),
                    open_messages=repository_links.open_messages(connection, spec.name, MOST_COUNTED),
                    oldest=repository_links.first_waiting(connection, spec.name),
                    over=receipts_over(fleet.book.specs, spec),
                )
                statuses.append(status)
        return statuses
