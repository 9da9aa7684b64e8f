"""The entrypoints of packages; the transactions are in `packages_posting.py` and `expiry_posting.py`."""

from typing import Any

from sqlalchemy import Connection

from contracts.billing_packages import NewPackage, PackageTerms
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.money import MOST_MINOR
from kit.service import loop, rpc
from services.billing import expiry_posting, expiry_repository, packages_posting, packages_repository
from services.billing.checks import AUTHOR_RULE, ID_RULE, Problems, check_author, check_named_ids, is_id, is_text
from services.billing.packages import changed_terms_of, check_mark, package_of, terms_of
from services.billing.service_entries import EntriesRpc

MINUTE_SECONDS = 60.0
CORRECTION_RULE = f"a correction is a whole number other than 0, of at most {MOST_MINOR} (1/10,000 of the currency)"
REASON_RULE = "say why, in 1 to 1,000 characters"


class PackagesRpc(EntriesRpc):
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
            rows = packages_repository.packages_of(connection, partner_id, advertiser_id)
            prices = packages_repository.prices_of(connection, rows)
        return many_to_wire(package_of(row, prices[row["id"]]) for row in rows)

    @rpc
    def unpaid_advertisers(self, partner_id: str) -> Any:
        check_named_ids(partner_id=partner_id)
        with self.db.begin() as connection:
            return packages_repository.unpaid_advertisers(connection, partner_id)

    @rpc
    def change_package(self, id: str, partner_id: str, package_id: str, terms: Any, author: str, was: str = "") -> Any:
        asked, now = from_wire(PackageTerms, terms), self.clock.now()
        check_named_ids(id=id, partner_id=partner_id, package_id=package_id)
        check_author(author)
        check_mark(was)
        changed = changed_terms_of(asked)

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            package, events = packages_posting.change_package(
                connection, partner_id, package_id, changed, author, now, was
            )
            return to_wire(package), events

        request = {"partner_id": partner_id, "package_id": package_id, "terms": to_wire(asked)}
        if was:
            request["was"] = was
        return self._once(id, "change_package", author, request, work)

    @rpc
    def correct_package(self, id: str, partner_id: str, package_id: str, amount: int, author: str, reason: str) -> Any:
        problems = correction_problems(amount, author, reason, id=id, partner_id=partner_id, package_id=package_id)
        problems.refuse_if_any()
        now = self.clock.now()

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            package, events = packages_posting.correct_package(
                connection, partner_id, package_id, amount, author, reason, now
            )
            return to_wire(package), events

        request = {"partner_id": partner_id, "package_id": package_id, "amount": amount, "reason": reason}
        return self._once(id, "correct_package", author, request, work)

    @rpc
    def delete_package(self, id: str, partner_id: str, package_id: str, author: str, reason: str) -> None:
        _problems(author, reason, id=id, partner_id=partner_id, package_id=package_id).refuse_if_any()
        now = self.clock.now()

        def work(connection: Connection) -> tuple[Any, list[Any]]:
            return packages_posting.delete_package(connection, partner_id, package_id, author, reason, now)

        request = {"partner_id": partner_id, "package_id": package_id, "reason": reason}
        self._once(id, "delete_package", author, request, work)

    @rpc
    def mark_package_paid(self, partner_id: str, package_id: str, author: str) -> Any:
        check_named_ids(partner_id=partner_id, package_id=package_id)
        check_author(author)
        now = self.clock.now()
        with self.db.begin() as connection:
            return to_wire(packages_posting.mark_package_paid(connection, partner_id, package_id, author, now))

    @loop(every_seconds=MINUTE_SECONDS)
    def announce_started_packages(self) -> bool:
        """A package that starts later is told of at its date; True if there may be more."""
        told = self._transact(lambda c: packages_posting.announce_started_packages(c, self.clock.now()), "announce")
        return told == packages_repository.MOST_ANNOUNCED

    @loop(every_seconds=MINUTE_SECONDS)
    def expire_ended_packages(self) -> bool:
        """What is left of ended packages is no more money of their owners; True if there may be more."""
        swept = self._transact(lambda c: expiry_posting.expire_ended_packages(c, self.clock.now()), "expire")
        return swept == expiry_repository.MOST_SWEPT


def correction_problems(amount: object, author: object, reason: object, **ids: object) -> Problems:
    problems = _problems(author, reason, **ids)
    is_correction = type(amount) is int and 0 < abs(amount) <= MOST_MINOR
    problems.require(is_correction, "/amount", CORRECTION_RULE)
    return problems


def _problems(author: object, reason: object, **ids: object) -> Problems:
    problems = Problems()
    for name, one in ids.items():
        problems.require(is_id(one), f"/{name}", ID_RULE)
    problems.require(is_text(author, least=1), "/author", AUTHOR_RULE)
    problems.require(is_text(reason, least=1), "/reason", REASON_RULE)
    return problems
