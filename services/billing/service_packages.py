"""The entrypoints of packages; the transactions are in `packages_posting.py`."""

from typing import Any

from sqlalchemy import Connection

from contracts.billing_packages import NewPackage
from contracts.errors import NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.service import loop, rpc
from services.billing import packages_posting, packages_repository
from services.billing.checks import check_author, check_named_ids
from services.billing.packages import package_of, terms_of
from services.billing.transactions import Transacting

MINUTE_SECONDS = 60.0


class PackagesRpc(Transacting):
    @rpc
    def add_package(self, new: Any, author: str) -> Any:
        asked, now = from_wire(NewPackage, new), self.clock.now()
        terms = terms_of(asked, now)
        check_author(author)

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            package, events = packages_posting.add_package(connection, asked, terms, author, now)
            return to_wire(package), events

        return self._once(asked.id, "add_package", author, to_wire(asked), work)

    @rpc
    def packages(self, partner_id: str, advertiser_id: str) -> Any:
        check_named_ids(partner_id=partner_id, advertiser_id=advertiser_id)
        with self.db.begin() as connection:
            return many_to_wire(map(package_of, packages_repository.packages_of(connection, partner_id, advertiser_id)))

    @rpc
    def mark_package_paid(self, partner_id: str, package_id: str, author: str) -> Any:
        check_named_ids(partner_id=partner_id, package_id=package_id)
        check_author(author)
        with self.db.begin() as connection:
            row = packages_repository.mark_paid(connection, partner_id, package_id, author, self.clock.now())
        if row is None:
            raise NotFound("The partner has no such package")
        return to_wire(package_of(row))

    @loop(every_seconds=MINUTE_SECONDS)
    def announce_started_packages(self) -> bool:
        """A package that starts later is told of at its date; True if there may be more."""
        told = self._transact(lambda c: packages_posting.announce_started_packages(c, self.clock.now()), "announce")
        return told == packages_repository.MOST_ANNOUNCED
