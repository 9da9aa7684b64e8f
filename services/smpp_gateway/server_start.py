"""The SMPP server of a gateway process, as its settings want it."""

from kit.settings import Settings
from services.smpp_gateway.client_binds import ClientBinds
from services.smpp_gateway.clients import ClientHandler
from services.smpp_gateway.server import SmppServer
from services.smpp_gateway.server_tls import Certificate
from services.smpp_gateway.server_types import ServerSettings


def server_of(settings: Settings, clients: ClientHandler, binds: ClientBinds) -> SmppServer:
    """Not started yet. Ends the process with a sentence where the certificate can't be read."""
    server = SmppServer(
        (settings.bind, settings.number("smpp_port")),
        ServerSettings(idle_seconds=60.0 * settings.number("smpp_idle")),
        clients,
        places=binds,
        tls=_tls(settings),
    )
    clients.server = binds.server = clients.checks.server = server
    return server


def _tls(settings: Settings) -> tuple[tuple[str, int], Certificate] | None:
    port = settings.number("smpp_tls_port")
    if not port:
        return None
    try:
        certificate = Certificate(settings.smpp_tls_certificate, settings.smpp_tls_key or settings.smpp_tls_certificate)
    except OSError as error:
        raise SystemExit(
            "GOLUB_SMPP_TLS_CERTIFICATE and GOLUB_SMPP_TLS_KEY must name a certificate with its chain and its key: "
            f"{error.strerror or error}."
        ) from None
    return (settings.bind, port), certificate
