"""A letter as an RFC 5322 message, safe whatever its fields hold."""

from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from kit.vault import Sealed

#: Longer than the longest sending: until then nobody else takes the letter.
LEASE = timedelta(minutes=5)


class Letter(NamedTuple):
    """A claimed letter; `attempts` counts the one that is being made. `secret`: the sealed values that `body` waits for.

    `reply_to`: the partner's own address, where the letter goes from another one.
    """

    id: str
    attempts: int
    sender_name: str
    recipient: str
    subject: str
    body: str
    created_at: datetime
    partner_id: str = ""
    urgent: bool = True
    useless_at: datetime | None = None
    secret: Sealed | None = None
    reply_to: str = ""


def domain_of(address: str) -> str:
    """The domain of an address in its ASCII form (IDNA)."""
    return address.rpartition("@")[2].encode("idna").decode()


def ascii_address(address: str) -> str:
    """The address with its domain in ASCII: what SMTP takes without the extension SMTPUTF8. `ValueError` for no address."""
    local, _, domain = one_line(address).rpartition("@")
    if not local.isascii() or " " in local or not local or not domain:
        raise ValueError(f"{address!r} is no e-mail address")
    return f"{local}@{domain.encode('idna').decode()}"


def message_of(letter: Letter, sender: str) -> bytes:
    """The octets for SMTP. `Message-ID` and `Date` are the letter's, so that a letter sent twice is seen as one."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(letter.sender_name), addr_spec=sender)
    message["To"] = Address(addr_spec=ascii_address(letter.recipient))
    if letter.reply_to:
        message["Reply-To"] = Address(one_line(letter.sender_name), addr_spec=ascii_address(letter.reply_to))
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{domain_of(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, cte="base64")
    return message.as_bytes()


def one_line(text: str) -> str:
    """The text without line ends and control characters: a header ends where a line ends."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
