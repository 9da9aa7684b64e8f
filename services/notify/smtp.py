"""Sends letters over SMTP (RFC 5321) with aiosmtplib: several on one connection, every wait bounded.

asyncio runs in a native thread (`tpool.execute(deliver, …)`), where it never holds up the green hub of the process.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from services.notify.mail import Letter, ascii_address, domain_of, message_of, one_line

STEP_TIMEOUT_SECONDS = 20.0
TOTAL_TIMEOUT_SECONDS = 120.0
MOST_ERROR = 500

SENT, FAILED, RETRY, UNTRIED = "sent", "failed", "retry", "untried"


class Outcome(NamedTuple):
    """`fate`: sent; failed (the server will never take it); retry; untried (its turn did not come, and comes at `at`)."""

    letter: Letter
    fate: str
    error: str = ""
    at: datetime | None = None


@dataclass(slots=True, frozen=True)
class Server:
    """`addresses`: where to connect, and nowhere else; None: wherever the name leads. `step_seconds`: for each answer."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    starttls: bool
    cafile: str | None
    addresses: tuple[str, ...] | None = None
    step_seconds: float | None = None
    total_seconds: float | None = None


def server_of(url: str) -> Server:
    """Of `smtp://user:password@host:port`, `smtps://…` or `smtp://…?starttls=1`; `&cafile=/path` trusts one more CA.

    `ValueError` with a sentence, which never shows the password, for anything else.
    """
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("GOLUB_SMTP_URL must look like smtp://user:password@host:port or smtps://…")
    unknown = options.keys() - {"starttls", "cafile"}
    if unknown:
        raise ValueError(f"GOLUB_SMTP_URL has an unknown option {min(unknown)!r}; there are starttls=1 and cafile.")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("GOLUB_SMTP_URL has a port that is no number up to 65535.") from None
    tls, starttls = parts.scheme == "smtps", options.get("starttls") == "1"
    return Server(
        host=parts.hostname,
        port=port or (465 if tls else 587 if starttls else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
        starttls=starttls,
        cafile=options.get("cafile"),
    )


def deliver(server: Server, mail_from: str, letters: Sequence[Letter]) -> list[Outcome]:
    """An outcome per letter, in order. Blocks up to `TOTAL_TIMEOUT_SECONDS`: call it in a native thread."""
    return asyncio.run(_deliver(server, mail_from, letters))


async def _deliver(server: Server, mail_from: str, letters: Sequence[Letter]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    trouble = ""
    try:
        async with asyncio.timeout(server.total_seconds or TOTAL_TIMEOUT_SECONDS):
            client, sender = await connected(server, mail_from), ascii_address(mail_from)
            try:
                for letter in letters:
                    outcomes.append(await _send(client, sender, letter))
                    if not client.is_connected:
                        break
            finally:
                await _leave(client)
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        trouble = _words("The mail server can't be used", error)
    missing = letters[len(outcomes) :]
    return outcomes + [_missed(letter, trouble, nothing_sent=not outcomes) for letter in missing]


def _missed(letter: Letter, trouble: str, *, nothing_sent: bool) -> Outcome:
    """Where the server could not be used at all, that was an attempt; else the letter's turn just did not come."""
    return Outcome(letter, RETRY, trouble) if trouble and nothing_sent else Outcome(letter, UNTRIED, trouble)


async def connected(server: Server, mail_from: str) -> aiosmtplib.SMTP:
    """A client that has signed in; the certificate has to be that of the name, whichever of its addresses answers."""
    step_seconds = server.step_seconds or STEP_TIMEOUT_SECONDS
    dialled = None
    if server.addresses is not None:
        dialled = await asyncio.wait_for(_dialled(server.addresses, server.port), step_seconds)
    client = _client(server, mail_from, dialled, step_seconds)
    try:
        await client.connect()
    except BaseException:
        if dialled is not None:
            dialled.close()
        raise
    return client


async def _dialled(addresses: Sequence[str], port: int) -> socket.socket:
    """A connection to the first of these addresses that takes one."""
    failed: OSError = ConnectionRefusedError("no address")
    for address in addresses:
        family = socket.AF_INET6 if ip_address(address.partition("%")[0]).version == 6 else socket.AF_INET
        dialled = socket.socket(family, socket.SOCK_STREAM)
        try:
            dialled.setblocking(False)
            await asyncio.get_running_loop().sock_connect(dialled, (address, port))
        except OSError as error:
            dialled.close()
            failed = error
        except BaseException:
            dialled.close()
            raise
        else:
            return dialled
    raise failed


def _client(server: Server, mail_from: str, dialled: socket.socket | None, step_seconds: float) -> aiosmtplib.SMTP:
    context = None
    if server.tls or server.starttls:
        context = ssl.create_default_context()
        if server.cafile:
            context.load_verify_locations(server.cafile)
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=None if dialled else server.port,
        sock=dialled,
        username=server.username,
        password=server.password,
        use_tls=server.tls,
        start_tls=server.starttls,
        tls_context=context,
        timeout=step_seconds,
        local_hostname=domain_of(mail_from) or "localhost",
    )


async def _send(client: aiosmtplib.SMTP, sender: str, letter: Letter) -> Outcome:
    try:
        recipient, octets = ascii_address(letter.recipient), message_of(letter, sender)
    except (ValueError, MessageError) as error:
        return Outcome(letter, FAILED, _words("The letter can't be written", error))
    try:
        await client.sendmail(sender, [recipient], octets)
    except aiosmtplib.SMTPRecipientsRefused as refusal:
        return _refused(letter, "The mail server refused the recipient", refusal.recipients[0])
    except aiosmtplib.SMTPDataError as refusal:
        return _refused(letter, "The mail server refused the letter", refusal)
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        return Outcome(letter, RETRY, _words("The letter was not taken", error))
    return Outcome(letter, SENT)


def attempt(server: Server, mail_from: str, letter: Letter) -> None:
    """Send one letter; whatever goes wrong is raised, `smtp_troubles.trouble_of` names it. Call it in a native thread."""
    asyncio.run(_attempt(server, mail_from, letter))


async def _attempt(server: Server, mail_from: str, letter: Letter) -> None:
    sender = ascii_address(mail_from)
    async with asyncio.timeout(server.total_seconds or TOTAL_TIMEOUT_SECONDS):
        client = await connected(server, mail_from)
        try:
            await client.sendmail(sender, [ascii_address(letter.recipient)], message_of(letter, sender))
        finally:
            await _leave(client)


def _refused(letter: Letter, what: str, refusal: aiosmtplib.SMTPResponseException) -> Outcome:
    """RFC 5321, 4.2.1: a reply 5yz is for ever, 4yz for now."""
    return Outcome(letter, FAILED if 500 <= refusal.code <= 599 else RETRY, _words(what, refusal))


async def _leave(client: aiosmtplib.SMTP) -> None:
    """A polite end; what was sent is sent however it ends."""
    try:
        if client.is_connected:
            await client.quit(timeout=2)
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        client.close()


def _words(what: str, error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        reason = f"{error.code} {error.message}"
    elif isinstance(error, TimeoutError) and not str(error):
        reason = f"no answer within {TOTAL_TIMEOUT_SECONDS:g} seconds"
    else:
        reason = str(error) or type(error).__name__
    return one_line(f"{what}: {reason}")[:MOST_ERROR]
