"""The nameko service that hosts the gateway: RPC clients, the web server, and the news that empty its caches."""

from typing import Any

from flask import Flask

from contracts.accounts import AccountsClient, BrandingChanged, CredentialsChanged
from contracts.billing import BillingClient
from contracts.events import Envelope
from contracts.notify import NotifyClient
from contracts.senders import SendersClient
from contracts.smpp_gateway import SmppGatewayClient
from contracts.stats import StatsClient
from contracts.tariffs import TariffsClient
from gateway_http.app import create_app, forget, forget_brands
from gateway_http.clients import Clients
from kit.http import FlaskHost
from kit.service import RpcTo, on_event
from kit.settings import Settings


def hosted_app(settings: Settings, clients: dict[str, Any]) -> Flask:
    """The app over the clients that the service class declares, by attribute name."""
    return create_app(settings, Clients(**clients))


class GatewayHttpService:
    name = "gateway_http"
    stop_order = 2  # It asks all the others: requests at work need them to their last word.

    accounts = RpcTo(AccountsClient)
    tariffs = RpcTo(TariffsClient)
    billing = RpcTo(BillingClient)
    senders = RpcTo(SendersClient)
    smpp_gateway = RpcTo(SmppGatewayClient)
    stats = RpcTo(StatsClient)
    notify = RpcTo(NotifyClient)
    web = FlaskHost(hosted_app, "http_port")

    @on_event(CredentialsChanged, broadcast=True)
    def credentials_changed(self, envelope: Envelope, payload: CredentialsChanged) -> None:
        """A lost hint costs no more than the seconds for which a key is remembered."""
        forget(self.web, payload.advertiser_ids)

    @on_event(BrandingChanged, broadcast=True)
    def branding_changed(self, envelope: Envelope, payload: BrandingChanged) -> None:
        """A lost hint costs no more than the seconds for which a host is remembered."""
        forget_brands(self.web, payload.partner_ids)
