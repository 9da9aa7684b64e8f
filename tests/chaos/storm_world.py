"""A distributed platform with three advertisers: each sends by another way, or pays by another rule."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.accounts import AccountsClient, Advertiser, NewAdvertiser
from contracts.accounts_smpp import SmppSettings
from contracts.billing import BillingClient
from contracts.billing_packages import NewPackage
from contracts.senders import SendersClient
from contracts.smpp_gateway import SmppGatewayClient
from contracts.smpp_links import LinkChange
from contracts.tariffs import TariffRow, TariffsClient
from kit.ids import uuid7
from kit.launcher import Process
from kit.money import parse_money
from kit.service import RpcTo
from kit.settings import Settings
from tests.chaos.storm_smsc import BINDS
from tests.e2e.platform import Platform, wait_until

SENDER, AUTHOR = "STORM", "chaos"
SMPP_LOGIN, SMPP_PASSWORD = "storm", "storm123"
_FUNDS = parse_money("10000000")
_LIMITS = SmppSettings(enabled=True, max_binds=20, submits_per_second=10_000, window=500, allow_list=[])
#: Price of a part, and whether only what is delivered costs anything.
_PRICES = {"by_delivered": ("1,10", True), "by_submit": ("0,70", False)}


@dataclass(slots=True, frozen=True)
class Account:
    """Who sends, with the sender and the key of its HTTP requests."""

    advertiser_id: str
    sender: str
    api_key: str


class _Caller:
    """A container without entrypoints: it only lends its clients."""

    name = "storm_caller"

    accounts = RpcTo(AccountsClient)
    tariffs = RpcTo(TariffsClient)
    billing = RpcTo(BillingClient)
    senders = RpcTo(SendersClient)
    gateway = RpcTo(SmppGatewayClient)


def furnish(platform: Platform, unknown_outcome: str) -> Sequence[Account]:
    """The demo's advertiser and two others, all with money; the link has its binds and converts ids. The last one has
    an SMPP login."""
    process = Process([_Caller], dataclasses.replace(Settings(), amqp_uri=platform.processes["rabbitmq"]["uri"]))
    process.start()
    try:
        return _furnish(process, platform.demo, unknown_outcome)
    finally:
        process.stop()


def _furnish(process: Process, demo: dict[str, Any], unknown_outcome: str) -> list[Account]:
    accounts, billing = process.client(AccountsClient), process.client(BillingClient)
    partner = accounts.list_partners()[0]
    billing.credit_partner(id=str(uuid7()), partner_id=partner.id, amount=10 * _FUNDS, credit=0, author=AUTHOR)
    first = accounts.list_advertisers(partner.id).items[0]
    _pay(billing, first)
    found = [Account(first.id, demo["sender"], demo["api_key"])]
    for name in _PRICES:
        other = accounts.create_advertiser(partner.id, _new(name))
        _pay(billing, other)
        _price(process.client(TariffsClient), other, name)
        process.client(SendersClient).set_policy(partner.id, other.id, any_sender=True, automatic=False)
        key = accounts.issue_api_key(partner.id, other.id, name=name).key
        found.append(Account(other.id, SENDER, key))
    accounts.set_smpp_settings(partner.id, other.id, _LIMITS, author=AUTHOR)
    accounts.set_smpp_password(partner.id, other.id, system_id=SMPP_LOGIN, password=SMPP_PASSWORD)
    gateway = process.client(SmppGatewayClient)
    link = gateway.operator_link("main")
    settings = {"message_id_base": "hex_to_dec", "unknown_outcome": unknown_outcome}
    change = LinkChange(name=link.name, title=link.title, binds=BINDS, settings=settings, version=link.version)
    gateway.put_operator_link(change, author=AUTHOR)
    # A response that is stored before the link is set would keep its id as it came.
    wait_until(lambda: _bound(gateway), 120.0, "the link as it was set")
    return found


def _bound(gateway: SmppGatewayClient) -> bool:
    [status] = gateway.operator_link_statuses()
    return [one.state for one in status.binds] == ["bound"] * BINDS


def _new(name: str) -> NewAdvertiser:
    return NewAdvertiser(
        login=name,
        password="storm-password",
        contract_number=name,
        contract_date="2026-01-01",
        zone="Europe/Moscow",
        test_mode=False,
        any_sender=True,
        sender_moderation="automatic",
        name=name,
    )


def _pay(billing: BillingClient, advertiser: Advertiser) -> None:
    package = NewPackage(
        id=str(uuid7()), advertiser_id=advertiser.id, partner_id=advertiser.partner_id, amount=_FUNDS, paid=True
    )
    billing.add_package(package, author=AUTHOR)


def _price(tariffs: TariffsClient, advertiser: Advertiser, name: str) -> None:
    price, by_delivered = _PRICES[name]
    row = TariffRow(mcc="250", mnc="", sms_type="", by_delivered=by_delivered, price=parse_money(price), from_nth=1)
    tariff = tariffs.save_tariff(advertiser.partner_id, name=name, rows=[row])
    tariffs.assign(advertiser.partner_id, tariff_id=tariff.id, subject_id=advertiser.id, author=AUTHOR)
