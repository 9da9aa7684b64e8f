"""A mail server of its own process: `python -m tests.service.notify.mail_server FOLDER PORT MODE`.

MODE is plain, auth (bob:secret), starttls or tls. Letters go to FOLDER/letters as JSON lines. The local part of a
recipient decides: `refused` 550, `later` 451, `spam` 554 after the data, `drop` closes the connection.
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).parent / "localhost.pem"


class Handler:
    def __init__(self, path: Path) -> None:
        self.path = path

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        local = address.partition("@")[0]
        if local == "drop":
            server.transport.close()
        if local == "refused":
            return "550 5.1.1 no such mailbox"
        if local == "later":
            return "451 4.2.2 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if envelope.rcpt_tos[0].startswith("spam@"):
            return "554 5.7.1 it looks like spam"
        document = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "octets": envelope.original_content.decode("ascii"),
            "peer": session.peer[1],
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "login": bool(session.authenticated),
        }
        with self.path.open("a") as lines:
            lines.write(json.dumps(document) + "\n")
        return "250 OK"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"bob", b"secret"), handled=False)


async def serve(folder: Path, port: int, mode: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    options: dict[str, Any] = {"hostname": "mail.test"}
    if mode == "auth":
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    if mode == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    handler = Handler(folder / "letters")
    listener = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, **options), "127.0.0.1", port, ssl=context if mode == "tls" else None
    )
    (folder / "port.new").write_text(str(listener.sockets[0].getsockname()[1]))
    (folder / "port.new").rename(folder / "port")
    await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
