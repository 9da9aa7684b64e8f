"""What may happen to money: each step is done to the real billing and to the model, and says what came of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from contracts.billing import DebitItem, SettleItem
from contracts.billing_packages import NewPackage, Package, PackageTerms
from contracts.errors import Conflict, GolubError, Unavailable
from contracts.tariffs import TariffRow
from kit.clock import to_rfc3339
from tests.service.billing.money_model import Model, Pack
from tests.service.billing.office import AUTHOR, Office, new_id

MOST_CALLS = 5


class Step(Protocol):
    def real(self, office: Office) -> Any:
        """Done to billing: what it answered, in plain values; the name of the error it raised."""

    def model(self, model: Model) -> Any:
        """The same of the model."""


def outcome(step: Step, office: Office) -> Any:
    """A call that billing has no time for is repeated, as its callers do: by its id it is done once."""
    for _ in range(MOST_CALLS):
        try:
            return step.real(office)
        except Unavailable:
            continue
        except GolubError as error:
            return type(error).__name__
    return Unavailable.__name__


@dataclass
class Debit:
    items: list[DebitItem]

    def real(self, office: Office) -> Any:
        return [
            (one.refusal, one.charged, one.sell_amount, one.sell_held, one.buy_amount, one.buy_held)
            for one in office.debit(*self.items)
        ]

    def model(self, model: Model) -> Any:
        return [model.debit(item) for item in self.items]


@dataclass
class Settle:
    """Other outcomes than the first ones are a conflict, and nothing is done."""

    message_id: str
    outcomes: str

    def real(self, office: Office) -> Any:
        [result] = office.client.settle([SettleItem(message_id=self.message_id, outcomes=self.outcomes)])
        return result.charged, result.cost

    def model(self, model: Model) -> Any:
        paid = model.paid.get(self.message_id)
        if paid is None:
            return "NotFound"
        outcomes = self.outcomes
        before = "".join(part.outcome for part in paid.parts)
        if len(outcomes) != len(paid.parts) or before not in ("", outcomes):
            return Conflict.__name__
        return model.settle(self.message_id, outcomes)


@dataclass
class Refund:
    message_id: str
    amount: int
    id: str = field(default_factory=new_id)
    done: Any = None

    def real(self, office: Office) -> Any:
        return office.client.refund(
            id=self.id, message_id=self.message_id, amount=self.amount, author=AUTHOR, reason="a mistake"
        )

    def model(self, model: Model) -> Any:
        if self.done is None:
            self.done = self._first(model)
        return self.done

    def _first(self, model: Model) -> Any:
        paid = model.paid.get(self.message_id)
        if paid is None:
            return "NotFound"
        standing = sum(amount for _, amount in paid.kept_pieces) - paid.refunded
        if not paid.parts[0].outcome or self.amount > standing:
            return Conflict.__name__
        return model.refund(self.message_id, self.amount)


@dataclass
class AddPackage:
    amount: int
    credit: int
    postpaid: bool
    starts_in_days: int
    days: int
    prices: list[TariffRow]
    id: str = field(default_factory=new_id)

    def _dates(self, model: Model) -> tuple[Any, Any]:
        starts = model.now + timedelta(days=self.starts_in_days)
        return starts, starts + timedelta(days=self.days)

    def real_in(self, office: Office, model: Model) -> Any:
        starts, ends = self._dates(model)
        new = NewPackage(
            id=self.id,
            advertiser_id=model.advertiser_id,
            partner_id=model.partner_id,
            amount=self.amount,
            credit=self.credit,
            postpaid=self.postpaid,
            starts_at=to_rfc3339(starts),
            ends_at=to_rfc3339(ends),
            prices=self.prices,
        )
        return office.client.add_package(new, author=AUTHOR).number

    def model(self, model: Model) -> Any:
        model.made += 1
        starts, ends = self._dates(model)
        model.packages[self.id] = Pack(model.made, starts, ends, self.amount, self.credit, self.postpaid, self.prices)
        return model.made


@dataclass
class Correct:
    partner_id: str
    package_id: str
    amount: int
    id: str = field(default_factory=new_id)

    def real(self, office: Office) -> Any:
        return _sums(
            office.client.correct_package(
                id=self.id,
                partner_id=self.partner_id,
                package_id=self.package_id,
                amount=self.amount,
                author=AUTHOR,
                reason="agreed",
            )
        )

    def model(self, model: Model) -> Any:
        pack = model.packages[self.package_id]
        if pack.deleted:
            return "NotFound"
        if self.amount < 0 and pack.credited + self.amount < pack.spent + pack.held + pack.expired:
            return Conflict.__name__
        pack.credited += self.amount
        return pack.sums


@dataclass
class Delete:
    partner_id: str
    package_id: str
    id: str = field(default_factory=new_id)

    def real(self, office: Office) -> Any:
        return office.client.delete_package(
            id=self.id, partner_id=self.partner_id, package_id=self.package_id, author=AUTHOR, reason="a mistake"
        )

    def model(self, model: Model) -> Any:
        pack = model.packages[self.package_id]
        if pack.deleted:
            return "NotFound"
        if pack.used:
            return Conflict.__name__
        pack.deleted, pack.credited, pack.expired = True, 0, 0
        return None


@dataclass
class ChangeTerms:
    partner_id: str
    package_id: str
    credit: int
    ends_at: Any
    id: str = field(default_factory=new_id)

    def real(self, office: Office) -> Any:
        terms = PackageTerms(
            credit=self.credit,
            payment_kind="",
            payment_info="",
            invoice_number="",
            ends_at=to_rfc3339(self.ends_at),
            planned_payment_at=None,
        )
        return _sums(
            office.client.change_package(
                id=self.id, partner_id=self.partner_id, package_id=self.package_id, terms=terms, author=AUTHOR
            )
        )

    def model(self, model: Model) -> Any:
        pack = model.packages[self.package_id]
        if pack.deleted:
            return "NotFound"
        if self.ends_at <= pack.starts_at:
            return "Malformed"
        used = pack.spent + pack.held + pack.expired
        if not pack.postpaid and self.credit < used - pack.credited:
            return Conflict.__name__
        if pack.used and self.ends_at < model.now and self.ends_at != pack.ends_at:
            return Conflict.__name__
        pack.credit, pack.ends_at = self.credit, self.ends_at
        if model.now < pack.ends_at:
            pack.expired = 0
        return pack.sums


@dataclass
class CreditPartner:
    partner_id: str
    amount: int
    credit: int
    id: str = field(default_factory=new_id)

    def real(self, office: Office) -> Any:
        return office.client.credit_partner(
            id=self.id, partner_id=self.partner_id, amount=self.amount, credit=self.credit, author=AUTHOR
        ).available

    def model(self, model: Model) -> Any:
        used = model.partner_spent + model.partner_held
        if used > model.partner_credited + self.amount + self.credit:
            return Conflict.__name__
        model.partner_credited += self.amount
        model.partner_credit = self.credit
        return model.partner_credited + model.partner_credit - used


@dataclass
class CorrectPartner:
    partner_id: str
    amount: int
    id: str = field(default_factory=new_id)

    def real(self, office: Office) -> Any:
        return office.client.correct_partner(
            id=self.id, partner_id=self.partner_id, amount=self.amount, author=AUTHOR, reason="agreed"
        ).available

    def model(self, model: Model) -> Any:
        used = model.partner_spent + model.partner_held
        if self.amount < 0 and model.partner_credited + self.amount < used:
            return Conflict.__name__
        model.partner_credited += self.amount
        return model.partner_credited + model.partner_credit - used


class Expire:
    def real(self, office: Office) -> Any:
        while office.service.expire_ended_packages():
            pass

    def model(self, model: Model) -> Any:
        model.expire()


def _sums(package: Package) -> tuple[int, ...]:
    return package.credited, package.credit, package.spent, package.held, package.expired
