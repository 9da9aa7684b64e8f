"""The transactions of payment systems, on an open connection as those of `posting.py`.

What is learned from a callback is believed only once its signature is right: before that nothing is locked or written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from contracts.billing_packages import NewPackage
from contracts.billing_payments import CallbackAnswer, PaymentStart, ProviderSettings
from contracts.errors import Conflict, NotFound
from kit.money import format_money
from services.billing import batch_repository as batches
from services.billing import packages_posting, payments_repository, posting, repository
from services.billing.ledger import ADVERTISER
from services.billing.packages import terms_of
from services.billing.payments import MOST_STARTED_A_DAY, check_settings, merged, payment_of, pays, provider_named
from services.billing.promo_posting import bonus_for
from services.billing.providers.protocol import Callback, Order, Shop
from services.billing.secrets import Sealed, Vault

A_DAY = timedelta(days=1)


@dataclass(slots=True, frozen=True)
class NewPayment:
    id: str
    partner_id: str
    advertiser_id: str
    provider: str
    amount: int


@dataclass(slots=True, frozen=True)
class Received:
    """What a callback came to; `refusal`: why it is answered with `Forbidden`, although what it told is kept."""

    answer: CallbackAnswer
    refusal: str = ""


def settings_of(vault: Vault, provider: str, row: RowMapping | None) -> ProviderSettings:
    """How a partner's shop is shown; of its passwords only whether all of them are there and can be read."""
    if row is None:
        return ProviderSettings(
            provider=provider, enabled=False, login="", description="", test=False, secrets={}, has_secrets=False
        )
    stored = _stored(vault, row)
    return ProviderSettings(
        provider=provider,
        enabled=row["enabled"],
        login=row["login"],
        description=row["description"],
        test=row["test"],
        secrets={},
        has_secrets=all(stored.get(name) for name in provider_named(provider).password_names),
        algorithm=row["algorithm"],
    )


def save_provider(
    connection: Connection, vault: Vault, partner_id: str, settings: ProviderSettings, author: str, now: datetime
) -> tuple[ProviderSettings, posting.Events]:
    provider = provider_named(settings.provider)
    row = payments_repository.provider_row(connection, partner_id, provider.name, lock=True)
    passwords = merged(provider, _stored(vault, row) if row else {}, settings.secrets)
    check_settings(settings, passwords)
    sealed = vault.seal(_owner(partner_id, provider.name), passwords)
    values = {
        "partner_id": partner_id,
        "provider": provider.name,
        "enabled": settings.enabled,
        "login": settings.login,
        "description": settings.description,
        "test": settings.test,
        "algorithm": settings.algorithm,
        "key_id": sealed.key_id,
        "ciphertext": sealed.ciphertext,
        "updated_at": now,
        "author": author,
    }
    return settings_of(vault, provider.name, payments_repository.save_provider(connection, values)), []


def start(
    connection: Connection, vault: Vault, asked: NewPayment, now: datetime
) -> tuple[PaymentStart, posting.Events]:
    """Number the payment and sign the way to pay it."""
    row = payments_repository.provider_row(connection, asked.partner_id, asked.provider)
    if row is None or not row["enabled"]:
        raise Conflict("The partner takes no payments by this payment system")
    shop = _shop(vault, row)
    batches.lock_purses(connection, {asked.advertiser_id: ADVERTISER}, now)
    if not repository.own_account(connection, asked.advertiser_id, asked.partner_id):
        raise NotFound("The partner has no such advertiser")
    started = payments_repository.started_since(connection, asked.advertiser_id, now - A_DAY, MOST_STARTED_A_DAY)
    if started >= MOST_STARTED_A_DAY:
        raise Conflict("Too many payments were started today: pay one of them, or come again tomorrow")
    values = {
        "id": asked.id,
        "partner_id": asked.partner_id,
        "advertiser_id": asked.advertiser_id,
        "provider": asked.provider,
        "test": shop.test,
        "amount": asked.amount,
        "state": "started",
        "created_at": now,
        "problem": "",
    }
    payment = payment_of(payments_repository.add_payment(connection, values))
    order = Order(payment.number, payment.id, payment.amount, now)
    return PaymentStart(payment=payment, url=provider_named(asked.provider).start(shop, order)), []


def receive(
    connection: Connection, vault: Vault, partner_id: str, name: str, fields: dict[str, str], now: datetime
) -> tuple[Received, posting.Events]:
    """Credit what was paid, once; a shop that was switched off since is still believed: the money came."""
    row = payments_repository.provider_row(connection, partner_id, name)
    if row is None:
        raise NotFound("The partner takes no payments by this payment system")
    callback = provider_named(name).verify(_shop(vault, row), fields)
    payment = payments_repository.lock_payment(connection, partner_id, name, callback.number)
    if payment is None or payment["id"] != callback.reference:
        raise NotFound("The partner has no such payment")
    if not pays(callback, payment["amount"]):
        return _wrong_sum(connection, payment, callback), []
    if payment["state"] == "paid":
        return Received(CallbackAnswer(text=callback.answer, payment=payment_of(payment))), []
    package_id, events = _credit(connection, payment, now)
    paid = payments_repository.mark_paid(connection, payment["id"], package_id, now)
    return Received(CallbackAnswer(text=callback.answer, payment=payment_of(paid))), events


def _wrong_sum(connection: Connection, payment: RowMapping, callback: Callback) -> Received:
    """Kept for a person to see; a payment that is paid already stays so."""
    problem = f"The payment system tells of {callback.amount:f} instead of {format_money(payment['amount'])}"
    if payment["state"] != "paid":
        payment = payments_repository.mark_failed(connection, payment["id"], problem)
    return Received(CallbackAnswer(text="", payment=payment_of(payment)), problem)


def _credit(connection: Connection, payment: RowMapping, now: datetime) -> tuple[str | None, posting.Events]:
    """The package that a payment pays for, and what promo codes bring for it.

    It has the id of the payment: its key is a second wall against a second one. A payment that was started in test mode
    brings nothing, whatever the mode is now: the payment system took no money for it.
    """
    if payment["test"]:
        return None, []
    new = NewPackage(
        id=payment["id"],
        advertiser_id=payment["advertiser_id"],
        partner_id=payment["partner_id"],
        amount=payment["amount"],
        paid=True,
        payment_kind=payment["provider"],
        payment_info=f"№ {payment['number']}",
    )
    author = payment["provider"]
    _, events = packages_posting.add_package(connection, new, terms_of(new, now), author, now, origin="payment")
    _, bonus = bonus_for(connection, new.partner_id, new.advertiser_id, new.amount, now)
    return new.id, events + bonus


def _owner(partner_id: str, provider: str) -> str:
    return f"{provider} of partner {partner_id}"


def _shop(vault: Vault, row: RowMapping) -> Shop:
    """`Conflict` where its passwords can't be read any more."""
    passwords = vault.open(_owner(row["partner_id"], row["provider"]), Sealed(row["key_id"], row["ciphertext"]))
    return Shop(row["login"], row["description"], row["test"], row["algorithm"], passwords)


def _stored(vault: Vault, row: RowMapping) -> dict[str, str]:
    """Its passwords; none where they can't be read any more, so that they are asked for anew."""
    try:
        return _shop(vault, row).passwords
    except Conflict:
        return {}
