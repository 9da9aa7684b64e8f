"""What one Flask app of the gateway keeps between requests."""

from dataclasses import dataclass

from flask import current_app

from gateway_http.cache import TimedCache
from gateway_http.clients import Clients
from gateway_http.expiring import Expiring
from gateway_http.health import Readiness
from gateway_http.intake import Intake
from gateway_http.keys import ApiKeys
from gateway_http.manager_cards import ManagerCards
from gateway_http.rates import Rates
from gateway_http.tenants import Tenants
from kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Gateway:
    settings: Settings
    secret: bytes
    clients: Clients
    tenants: Tenants
    expiring: Expiring
    keys: ApiKeys
    rates: Rates
    #: Of payment systems that call: apart, as everybody may try.
    calls: Rates
    readiness: Readiness
    intake: Intake
    cards: ManagerCards
    #: Logos by partner and hash: pages that nobody has signed in to show them.
    logos: TimedCache[bytes]


def gateway() -> Gateway:
    """The state of the app that serves this request."""
    found: Gateway = current_app.extensions["golub"]
    return found


def clients() -> Clients:
    return gateway().clients
