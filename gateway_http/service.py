"""gateway_http: hosts the web application and gives it the typed clients of all services."""

from typing import Any

from flask import Flask

from contracts.accounts import AccountsClient, CredentialsChanged
from contracts.billing import BillingClient
from contracts.notify import NotifyClient
from contracts.senders import SendersClient
from contracts.smpp_gateway import SmppGatewayClient
from contracts.stats import StatsClient
from contracts.tariffs import TariffsClient
from gateway_http.app import create_app, forget
from gateway_http.clients import Clients
from kit.http import FlaskHost
from kit.service import RpcTo, on_event
from kit.settings import Settings


def _build(settings: Settings, clients: dict[str, Any]) -> Flask:
    return create_app(settings, Clients(**clients))


class GatewayHttpService:
    name = "gateway_http"
    stop_order = 2

    accounts = RpcTo(AccountsClient)
    tariffs = RpcTo(TariffsClient)
    billing = RpcTo(BillingClient)
    senders = RpcTo(SendersClient)
    smpp_gateway = RpcTo(SmppGatewayClient)
    stats = RpcTo(StatsClient)
    notify = RpcTo(NotifyClient)
    web = FlaskHost(_build, "http_port")

    @on_event(CredentialsChanged, broadcast=True)
    def credentials_changed(self, envelope: Any, payload: CredentialsChanged) -> None:
        """Drop cached API keys of these advertisers."""
        forget(self.web, payload.advertiser_ids)
