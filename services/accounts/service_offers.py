"""The oferta: a partner's versioned text that each of its advertisers accepts."""

from typing import Any

from contracts.errors import NotFound
from contracts.wire import many_to_wire, to_wire
from kit.service import rpc
from services.accounts import advertisers_repository as advertisers
from services.accounts import fields, offers
from services.accounts import offers_repository as stored
from services.accounts import repository as people
from services.accounts.problems import conflict


class OfferEntrypoints:
    """A part of `AccountsService`, which gives it `db` and `clock`."""

    db: Any
    clock: Any

    @rpc
    def publish_offer(self, partner_id: str, text: str, author: str) -> dict[str, Any]:
        """The text that is the newest already makes no new version, so that a repeat asks nobody anew."""
        text = offers.tidied(text)
        offers.check(text)
        with self.db.begin() as connection:
            if not stored.lock_partner(connection, partner_id, to_publish=True):
                raise NotFound("There is no such partner.")
            newest = stored.newest(connection, partner_id)
            if newest is None or newest.text != text:
                row = {"partner_id": partner_id, "version": newest.version + 1 if newest else 1, "text": text}
                row |= {"author": fields.storable(author, offers.MOST_AUTHOR), "published_at": self.clock.now()}
                stored.add(connection, row)
            return to_wire(_listed(stored.versions(connection, partner_id)[0]))

    @rpc
    def offers(self, partner_id: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            if not people.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            return many_to_wire(map(_listed, stored.versions(connection, partner_id)))

    @rpc
    def offer_for(self, partner_id: str, advertiser_id: str) -> dict[str, Any] | None:
        with self.db.begin() as connection:
            _advertiser(connection, partner_id, advertiser_id)
            newest = stored.newest(connection, partner_id)
            if newest is None:
                return None
            at = stored.accepted_at(connection, partner_id, newest.version, advertiser_id)
        return to_wire(offers.offer(newest, accepted_at=at))

    @rpc
    def accept_offer(
        self, partner_id: str, advertiser_id: str, version: int, login: str, address: str
    ) -> dict[str, Any]:
        who = {"login": fields.storable(login, fields.MOST_TEXT)}
        who |= {"address": fields.storable(address, fields.MOST_ADDRESS)}
        with self.db.begin() as connection:
            found = _advertiser(connection, partner_id, advertiser_id)
            stored.lock_partner(connection, partner_id, to_publish=False)
            known = stored.acceptance(connection, partner_id, version, advertiser_id)
            if known is None:
                newest = stored.newest(connection, partner_id)
                if newest is None or newest.version != version:
                    raise conflict("/version", "offer_changed")
                row = {"partner_id": partner_id, "version": version, "advertiser_id": found.id}
                known = stored.accept(connection, row | who | {"accepted_at": self.clock.now()})
        return to_wire(offers.acceptance(known))

    @rpc
    def offer_acceptances(self, partner_id: str, version: int) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            if not people.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            return many_to_wire(map(offers.acceptance, stored.acceptances(connection, partner_id, version)))


def _listed(row: Any) -> Any:
    return offers.offer(row, acceptances=row.acceptances)


def _advertiser(connection: Any, partner_id: str, advertiser_id: str) -> Any:
    found = advertisers.advertiser(connection, partner_id, advertiser_id)
    if found is None:
        raise NotFound("There is no such advertiser.")
    return found
