"""The typed clients that the gateway works with, in one object: real ones in a process, fakes in unit tests."""

from dataclasses import dataclass

from contracts.accounts import AccountsClient
from contracts.billing import BillingClient
from contracts.notify import NotifyClient
from contracts.senders import SendersClient
from contracts.smpp_gateway import SmppGatewayClient
from contracts.stats import StatsClient
from contracts.tariffs import TariffsClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    accounts: AccountsClient
    tariffs: TariffsClient
    billing: BillingClient
    senders: SendersClient
    smpp_gateway: SmppGatewayClient
    stats: StatsClient
    notify: NotifyClient
