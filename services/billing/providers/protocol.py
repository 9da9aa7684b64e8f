"""What billing asks of a payment system. A provider is pure: it signs and verifies, it stores and sends nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(slots=True, frozen=True)
class Shop:
    """A partner's account with a payment system. `passwords` by the provider's names for them."""

    login: str
    description: str
    test: bool
    algorithm: str
    passwords: dict[str, str] = field(repr=False)


@dataclass(slots=True, frozen=True)
class Order:
    """What is to be paid: `amount` in 1/10,000 of the currency, a whole number of kopecks.

    `reference` is ours, and comes back with the callback.
    """

    number: int
    reference: str
    amount: int
    created_at: datetime


@dataclass(slots=True, frozen=True)
class Callback:
    """What a payment system has told, its signature being right. `amount` in units of the currency.

    `answer`: the plain text that it expects once the payment is credited.
    """

    number: int
    reference: str
    amount: Decimal
    answer: str


class Provider(Protocol):
    name: str
    #: Names of the passwords that a shop has there.
    password_names: tuple[str, ...]
    algorithms: tuple[str, ...]

    def start(self, shop: Shop, order: Order) -> str:
        """The address to send the payer's browser to by GET."""

    def verify(self, shop: Shop, fields: dict[str, str]) -> Callback:
        """`Forbidden` for what this payment system has not signed, or what can't be read."""
