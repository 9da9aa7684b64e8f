"""Which services there are. Only the launcher knows all of them."""

from importlib import import_module

SERVICES = ("accounts", "billing", "tariffs", "senders", "notify", "smpp_gateway", "stats")
_CLASSES = {
    "accounts": "services.accounts.service:AccountsService",
    "billing": "services.billing.service:BillingService",
    "tariffs": "services.tariffs.service:TariffsService",
    "senders": "services.senders.service:SendersService",
    "notify": "services.notify.service:NotifyService",
    "smpp_gateway": "services.smpp_gateway.service:SmppGatewayService",
    "stats": "services.stats.service:StatsService",
    "gateway_http": "gateway_http.service:GatewayHttpService",
}
PROCESSES = tuple(_CLASSES)


def service_class(name: str) -> type:
    """The nameko class of a service; imported only when asked for."""
    module, _, attribute = _CLASSES[name].partition(":")
    return getattr(import_module(module), attribute)
