"""The fake of billing's packages and of the entries behind every sum."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contracts import billing_packages
from contracts.errors import PROBLEMS, Conflict, IdempotencyMismatch, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import to_rfc3339
from tests.unit.gateway_api.fakes_accounts import NOW, new_id

EMPTY_BALANCE = {"available": 0, "held": 0, "spent": 0, "credited": 0, "postpaid": False, "unpaid_packages": 0}
PLACES = {
    "credit": ("outside", "available", 1),
    "debit": ("available", "charged", -1),
    "refund": ("charged", "available", 1),
    "correction": ("outside", "available", 1),
    "correction_down": ("available", "outside", -1),
}


class FakePackages:
    """`known`: packages by id; `ledger`: (account, entry), oldest first; `accounts`: kept sums by account."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts: dict[str, dict[str, Any]] = {}
        self.known: dict[str, billing_packages.Package] = {}
        self.ledger: list[tuple[str, billing_packages.LedgerEntry]] = []
        self.done: dict[str, tuple[Any, Any]] = {}

    def add_package(self, new: Any, author: str) -> Any:
        asked = from_wire(billing_packages.NewPackage, new)
        if asked.id not in self.known:
            self.known[asked.id] = _package(asked, len(self.known) + 1, author)
            account = self.account(asked.advertiser_id)
            account["available"] += asked.amount + asked.credit
            account["credited"] += asked.amount
            account["unpaid_packages"] += 0 if asked.paid else 1
            account["postpaid"] |= asked.postpaid
            self.enter("credit", asked.advertiser_id, asked.amount, package=self.known[asked.id], author=author)
        return to_wire(self.known[asked.id])

    def account(self, account_id: str) -> dict[str, Any]:
        return self.accounts.setdefault(account_id, dict(EMPTY_BALANCE))

    def enter(
        self,
        kind: str,
        account_id: str,
        amount: int,
        *,
        package: billing_packages.Package | None = None,
        author: str = "",
        reason: str = "",
    ) -> None:
        """Write an entry; a sum of nothing has none."""
        if not amount:
            return
        debit, credit, sign = PLACES[kind]
        entry = billing_packages.LedgerEntry(
            id=new_id(),
            kind=kind,
            amount=amount,
            change=sign * amount,
            debit_account=debit,
            credit_account=credit,
            package_id=package.id if package else None,
            package_number=package.number if package else None,
            message_id=None,
            author=author,
            reason=reason,
            created_at=to_rfc3339(datetime.now(UTC)),
        )
        self.ledger.append((account_id, entry))

    def spend(self, package_id: str, amount: int) -> None:
        """As if messages had cost this much."""
        found = self.known[package_id]
        self.known[package_id] = replace(
            found, spent=found.spent + amount, remaining=found.remaining - amount, deletable=False
        )
        self.account(found.advertiser_id)["available"] -= amount
        self.enter("debit", found.advertiser_id, amount, package=found)

    def packages(self, partner_id: str, advertiser_id: str) -> Any:
        own = (one for one in self.known.values() if (one.partner_id, one.advertiser_id) == (partner_id, advertiser_id))
        return many_to_wire(own)

    def unpaid_advertisers(self, partner_id: str) -> Any:
        return sorted(
            {one.advertiser_id for one in self.known.values() if one.partner_id == partner_id and not one.paid}
        )

    def change_package(self, id: str, partner_id: str, package_id: str, terms: Any, author: str, was: str = "") -> Any:
        def change() -> Any:
            found, new = self._own(partner_id, package_id), from_wire(billing_packages.PackageTerms, terms)
            if was not in ("", found.terms_mark):
                raise Conflict(PROBLEMS["changed_meanwhile"])
            if new.credit < found.spent + found.held - found.credited:
                raise Conflict("More than this credit is in use already.")
            fields = {name: getattr(new, name) for name in to_wire(new)}
            remaining = found.remaining + new.credit - found.credit
            self.known[package_id] = replace(found, **fields, remaining=remaining, terms_mark=new_id())
            self.account(found.advertiser_id)["available"] += new.credit - found.credit
            return to_wire(self.known[package_id])

        return self._once(id, (package_id, terms, was), change)

    def correct_package(self, id: str, partner_id: str, package_id: str, amount: int, author: str, reason: str) -> Any:
        def correct() -> Any:
            found = self._own(partner_id, package_id)
            if found.remaining + amount < 0:
                raise Conflict("Less than what was spent and is held.")
            self.known[package_id] = replace(
                found, credited=found.credited + amount, remaining=found.remaining + amount
            )
            account = self.account(found.advertiser_id)
            account["available"] += amount
            account["credited"] += amount
            kind = "correction" if amount > 0 else "correction_down"
            self.enter(kind, found.advertiser_id, abs(amount), package=found, author=author, reason=reason)
            return to_wire(self.known[package_id])

        return self._once(id, (package_id, amount), correct)

    def delete_package(self, id: str, partner_id: str, package_id: str, author: str, reason: str) -> None:
        def delete() -> None:
            found = self._own(partner_id, package_id)
            if not found.deletable:
                raise Conflict("Something was spent from this package.")
            account = self.account(found.advertiser_id)
            account["available"] -= found.remaining
            account["credited"] -= found.credited
            account["unpaid_packages"] -= 0 if found.paid else 1
            self.enter(
                "correction_down", found.advertiser_id, found.credited, package=found, author=author, reason=reason
            )
            del self.known[package_id]

        self._once(id, (package_id,), delete)

    def mark_package_paid(self, partner_id: str, package_id: str, author: str) -> Any:
        found = self._own(partner_id, package_id)
        if not found.paid:
            self.known[package_id] = replace(found, paid=True, paid_at=NOW)
            self.accounts[found.advertiser_id]["unpaid_packages"] -= 1
        return to_wire(self.known[package_id])

    def entries(self, query: Any) -> Any:
        asked = from_wire(billing_packages.EntriesQuery, query)
        owners = {one.advertiser_id: one.partner_id for one in self.known.values()}
        if owners.get(asked.account_id, asked.partner_id) != asked.partner_id:
            raise NotFound("The partner has no such account.")
        package = self.known.get(asked.package_id or "")
        if asked.package_id and (package is None or package.advertiser_id != asked.account_id):
            raise NotFound("The partner has no such package")
        found = [entry for account, entry in self.ledger if account == asked.account_id and _matches(entry, asked)]
        found.sort(key=lambda one: one.id, reverse=True)
        rest = [one for one in found if asked.cursor is None or one.id < asked.cursor]
        page = billing_packages.EntryPage(
            items=rest[: asked.limit],
            next_cursor=rest[asked.limit - 1].id if len(rest) > asked.limit else None,
            total=len(found),
            change=sum(one.change for one in found),
        )
        return to_wire(page)

    def forecast(self, account_ids: list[str], days: int) -> Any:
        return [
            {
                "account_id": one,
                "available": self.accounts.get(one, EMPTY_BALANCE)["available"],
                "days": [{"day": f"2026-11-{15 + number:02d}", "amount": 10_000 * number} for number in range(days)],
                "per_day": 30_000,
                "days_left": self.accounts.get(one, EMPTY_BALANCE)["available"] // 30_000,
            }
            for one in account_ids
        ]

    def _own(self, partner_id: str, package_id: str) -> billing_packages.Package:
        found = self.known.get(package_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("There is no such package.")
        return found

    def _once(self, id: str, contents: Any, action: Any) -> Any:
        """A repeat gets the first answer, a refusal included."""
        if id not in self.done:
            try:
                self.done[id] = (contents, action())
            except (Conflict, NotFound) as refusal:
                self.done[id] = (contents, refusal)
        first, answer = self.done[id]
        if first != contents:
            raise IdempotencyMismatch("This id was used with another request")
        if isinstance(answer, Exception):
            raise answer
        return answer


def _matches(entry: billing_packages.LedgerEntry, asked: billing_packages.EntriesQuery) -> bool:
    day = entry.created_at[:10]
    return (
        asked.package_id in (None, entry.package_id)
        and asked.message_id in (None, entry.message_id)
        and asked.kind in ("", entry.kind)
        and (asked.date_from or day) <= day <= (asked.date_to or day)
    )


def _package(new: billing_packages.NewPackage, number: int, author: str) -> billing_packages.Package:
    return billing_packages.Package(
        id=new.id,
        number=number,
        advertiser_id=new.advertiser_id,
        partner_id=new.partner_id,
        credited=new.amount,
        spent=0,
        held=0,
        expired=0,
        credit=new.credit,
        remaining=new.amount + new.credit,
        postpaid=new.postpaid,
        paid=new.paid,
        paid_at=NOW if new.paid else None,
        payment_kind=new.payment_kind,
        payment_info=new.payment_info,
        invoice_number=new.invoice_number,
        origin="hand",
        starts_at=new.starts_at or NOW,
        ends_at=new.ends_at or "2036-11-22T09:15:00Z",
        planned_payment_at=new.planned_payment_at,
        created_at=NOW,
        author=author,
        deletable=True,
        prices=new.prices,
        terms_mark=new_id(),
    )
