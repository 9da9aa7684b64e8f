"""A client's bind: who it is, whether one more session fits, and the answer."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import eventlet

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway import server_metrics
from services.smpp_gateway.server_types import BoundAccount, SessionInfo

if TYPE_CHECKING:
    from services.smpp_gateway.server_session import ServerSession

_log = logging.getLogger(__name__)
_KINDS = {
    c.BIND_TRANSMITTER: "transmitter",
    c.BIND_RECEIVER: "receiver",
    c.BIND_TRANSCEIVER: "transceiver",
}
_SC_INTERFACE_VERSION = {c.TLV_SC_INTERFACE_VERSION: bytes((c.INTERFACE_VERSION_34,))}


def bind(client: "ServerSession", request: p.Bind) -> None:
    """Bind the session or refuse and close it; runs in its reader, so nothing else of the client is looked at."""
    if client.account is not None:
        client.refuse(request, c.ESME_RALYBND)
        return
    client.at_the_door = False
    account, status = _let_in(client, request)
    if client.session.closed is not None:
        # It is gone meanwhile: its place is free again.
        client.leave()
        return
    if account is None:
        client.at_the_door = True
        _refuse(client, request, status)
        return
    client.bind_command = request.command_id
    client.session.bound = True
    client.session.transport.frames.max_frame_bytes = client.server.settings.session.max_frame_bytes
    tlvs = _SC_INTERFACE_VERSION if request.interface_version >= c.INTERFACE_VERSION_34 else p.NO_TLVS
    client.session.send([_response(client, request, c.ESME_ROK, tlvs)])
    server_metrics.binds.labels("bound").inc()
    client.server.on_bound(client)


def _let_in(client: "ServerSession", request: p.Bind) -> tuple[BoundAccount | None, int]:
    """The account, in whose registry the client is now; else None and the status to refuse it with."""
    server = client.server
    try:
        with server.authentications:
            account = server.handler.authenticate(request.system_id, request.password, client.address)
            if client.session.closed is not None or not _take_place(client, account, request):
                return None, c.ESME_RBINDFAIL
    except Exception as error:
        status = getattr(error, "smpp_status", None)
        if status is None:
            _log.exception("A bind could not be checked and was refused.")
            status = c.ESME_RSYSERR
        return None, int(status)
    return account, c.ESME_ROK


def _take_place(client: "ServerSession", account: BoundAccount, request: p.Bind) -> bool:
    server = client.server
    info = SessionInfo(
        client.number,
        request.system_id,
        client.address,
        request.interface_version,
        _KINDS[request.command_id],
        client.secure,
    )
    if server.accounts.add(account, client):
        share = None
        try:
            share = server.places.take(account, info)
        finally:
            if share is None:
                server.accounts.remove(account.account_id, client)
        if share is not None:
            client.account, client.info = account, info
            server.accounts.set_share(account.account_id, share)
            return True
    _log.warning("SMPP client %s has all the binds it may have.", request.system_id)
    return False


def _refuse(client: "ServerSession", request: p.Bind, status: int) -> None:
    server_metrics.binds.labels(f"0x{status:02X}").inc()
    # The pause makes guessing slow; the limits on unbound connections keep it from costing us anything.
    eventlet.sleep(client.server.settings.bind_refusal_delay_seconds)
    _log.warning("Bind as %r from %s refused with 0x%02X.", request.system_id, client.address, status)
    client.session.finish("bind refused", [_response(client, request, status, p.NO_TLVS)])


def _response(client: "ServerSession", request: p.Bind, status: int, tlvs: Mapping[int, bytes]) -> p.BindResp:
    system_id = client.server.settings.system_id if status == c.ESME_ROK else ""
    return p.BindResp(request.command_id | c.RESPONSE_BIT, request.sequence_number, status, system_id, tlvs)
