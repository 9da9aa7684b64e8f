"""The payment systems there are, by name: the one place that a new one is added to."""

from services.billing.providers.protocol import Provider
from services.billing.providers.robokassa import Robokassa

PROVIDERS: dict[str, Provider] = {one.name: one for one in (Robokassa(),)}
