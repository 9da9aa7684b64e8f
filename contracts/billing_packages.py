"""billing: packages and the entries behind every sum. Money in 1/10,000 of the currency, moments RFC 3339 in UTC."""

from dataclasses import field

from contracts.client import Client
from contracts.tariffs import TariffRow
from contracts.wire import from_wire, many_from_wire, to_wire, wire


@wire
class NewPackage:
    """`amount` credited, limit of what may be spent; `postpaid`: no limit. `prices` go before the tariff."""

    id: str
    advertiser_id: str
    partner_id: str
    amount: int
    credit: int = 0
    postpaid: bool = False
    paid: bool = False
    payment_kind: str = ""
    payment_info: str = ""
    invoice_number: str = ""
    starts_at: str | None = None
    ends_at: str | None = None
    planned_payment_at: str | None = None
    prices: list[TariffRow] = field(default_factory=list)


@wire
class PackageTerms:
    """What may be changed of a package at any time. `credit` never below what is used of it already."""

    credit: int
    payment_kind: str
    payment_info: str
    invoice_number: str
    ends_at: str
    planned_payment_at: str | None


@wire
class Package:
    """`remaining`: what it can still pay, credit included and holds excluded; below zero is the debt of a post-paid one.

    `expired`: what was left when it ended; `deletable`: nothing was ever spent from it. `origin`: why it exists: hand,
    invoice, payment, promo. `terms_mark`: another one whenever something that `change_package` changes is another.
    """

    id: str
    number: int
    advertiser_id: str
    partner_id: str
    credited: int
    spent: int
    held: int
    expired: int
    credit: int
    remaining: int
    postpaid: bool
    paid: bool
    paid_at: str | None
    payment_kind: str
    payment_info: str
    invoice_number: str
    origin: str
    starts_at: str
    ends_at: str
    planned_payment_at: str | None
    created_at: str
    author: str
    deletable: bool
    prices: list[TariffRow]
    terms_mark: str = ""


@wire
class EntriesQuery:
    """`account_id`: an advertiser of the partner, or the partner itself. Days are UTC dates, both included."""

    partner_id: str
    account_id: str
    package_id: str | None = None
    message_id: str | None = None
    kind: str = ""
    date_from: str | None = None
    date_to: str | None = None
    cursor: str | None = None
    limit: int = 50


@wire
class LedgerEntry:
    """`amount` > 0 moved from `debit_account` to `credit_account`; `change`: what that did to the sum available."""

    id: str
    kind: str
    amount: int
    change: int
    debit_account: str
    credit_account: str
    package_id: str | None
    package_number: int | None
    message_id: str | None
    author: str
    reason: str
    created_at: str


@wire
class EntryPage:
    """Newest first; `next_cursor` continues after the last item, None at the end. `change`: the sum of the filter."""

    items: list[LedgerEntry]
    next_cursor: str | None
    total: int
    change: int


@wire
class DaySum:
    day: str
    amount: int


@wire
class Forecast:
    """`days`: what each of the last days cost, oldest first; `per_day` their mean; `days_left` None: never at this rate."""

    account_id: str
    available: int
    days: list[DaySum]
    per_day: int
    days_left: int | None


class PackageCalls(Client):
    """Calls with an `id` are done once: a repeat gets the first answer, a refusal included."""

    def add_package(self, new: NewPackage, *, author: str) -> Package:
        """Credit an advertiser's balance; idempotent by `new.id`."""
        return from_wire(Package, self._call("add_package", new=to_wire(new), author=author))

    def packages(self, partner_id: str, advertiser_id: str) -> list[Package]:
        """The newest 1,000 that were not deleted, by number."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return many_from_wire(Package, self._call("packages", **arguments))

    def unpaid_advertisers(self, partner_id: str) -> list[str]:
        """Ids of the partner's advertisers with a package that is not paid, at most 10,000: the red flags."""
        found: list[str] = self._call("unpaid_advertisers", partner_id=partner_id)
        return found

    def change_package(
        self, *, id: str, partner_id: str, package_id: str, terms: PackageTerms, author: str, was: str = ""
    ) -> Package:
        """`Conflict` where the new credit or end contradicts what was spent.

        `was`: the `terms_mark` of the package that the change was made from; `Conflict` where it has another by now.
        """
        arguments = {"id": id, "partner_id": partner_id, "package_id": package_id, "author": author, "was": was}
        return from_wire(Package, self._call("change_package", terms=to_wire(terms), **arguments))

    def correct_package(
        self, *, id: str, partner_id: str, package_id: str, amount: int, author: str, reason: str
    ) -> Package:
        """Add `amount` to what was credited, below zero takes away; `Conflict` below what was spent and is held."""
        arguments = {"id": id, "partner_id": partner_id, "package_id": package_id, "amount": amount}
        return from_wire(Package, self._call("correct_package", author=author, reason=reason, **arguments))

    def delete_package(self, *, id: str, partner_id: str, package_id: str, author: str, reason: str) -> None:
        """Only while nothing was ever spent from it, else `Conflict`; its entries stay."""
        arguments = {"id": id, "partner_id": partner_id, "package_id": package_id, "author": author}
        self._call("delete_package", reason=reason, **arguments)

    def mark_package_paid(self, partner_id: str, package_id: str, *, author: str) -> Package:
        arguments = {"partner_id": partner_id, "package_id": package_id, "author": author}
        return from_wire(Package, self._call("mark_package_paid", **arguments))

    def entries(self, query: EntriesQuery) -> EntryPage:
        """The entries behind a sum; `NotFound` for an account or package that is not the partner's."""
        return from_wire(EntryPage, self._call("entries", query=to_wire(query)))

    def forecast(self, account_ids: list[str], *, days: int = 7) -> list[Forecast]:
        """One per account, in order: what the last full UTC days cost and how long the rest lasts."""
        return many_from_wire(Forecast, self._call("forecast", account_ids=account_ids, days=days))
