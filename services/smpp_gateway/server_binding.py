"""A client's bind: who it is, whether one more session fits, and the answer."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import eventlet

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.server_types import BoundAccount, SessionInfo

if TYPE_CHECKING:
    from services.smpp_gateway.server_session import ServerSession

_log = logging.getLogger(__name__)
_SC_INTERFACE_VERSION = {c.TLV_SC_INTERFACE_VERSION: bytes((c.INTERFACE_VERSION_34,))}


def bind(client: "ServerSession", request: p.Bind) -> None:
    """Bind the session or refuse and close it; runs in its reader, so nothing else of the client is looked at."""
    if client.account is not None:
        client.refuse(request, c.ESME_RALYBND)
        return
    account, status = _authenticate(client, request)
    if client.session.closed is not None:
        return
    if account is not None and not client.server.accounts.add(account, client):
        _log.warning("SMPP client %s has all the binds it may have.", request.system_id)
        status = c.ESME_RBINDFAIL
    if account is None or status != c.ESME_ROK:
        _refuse(client, request, status)
        return
    client.account = account
    client.info = SessionInfo(client.number, request.system_id, client.address, request.interface_version)
    client.bind_command = request.command_id
    client.session.bound = True
    client.session.transport.frames.max_frame_bytes = client.server.settings.session.max_frame_bytes
    tlvs = _SC_INTERFACE_VERSION if request.interface_version >= c.INTERFACE_VERSION_34 else p.NO_TLVS
    client.session.send([_response(client, request, c.ESME_ROK, tlvs)])
    client.server.on_bound(client)


def _authenticate(client: "ServerSession", request: p.Bind) -> tuple[BoundAccount | None, int]:
    server = client.server
    try:
        with server.authentications:
            account = server.handler.authenticate(request.system_id, request.password, client.address)
        return account, c.ESME_ROK
    except Exception as error:
        status = getattr(error, "smpp_status", None)
        if status is None:
            _log.exception("A bind could not be checked and was refused.")
            status = c.ESME_RSYSERR
        return None, int(status)


def _refuse(client: "ServerSession", request: p.Bind, status: int) -> None:
    # The pause makes guessing slow; the limits on unbound connections keep it from costing us anything.
    eventlet.sleep(client.server.settings.bind_refusal_delay_seconds)
    _log.warning("Bind as %r from %s refused with 0x%02X.", request.system_id, client.address, status)
    client.session.finish("bind refused", [_response(client, request, status, p.NO_TLVS)])


def _response(client: "ServerSession", request: p.Bind, status: int, tlvs: Mapping[int, bytes]) -> p.BindResp:
    system_id = client.server.settings.system_id if status == c.ESME_ROK else ""
    return p.BindResp(request.command_id | c.RESPONSE_BIT, request.sequence_number, status, system_id, tlvs)
