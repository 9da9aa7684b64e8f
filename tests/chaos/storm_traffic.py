"""Mixed traffic of several advertisers: HTTP requests that are repeated until they are taken, and an SMPP client."""

import secrets
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

import eventlet
from eventlet.green import socket
from eventlet.greenthread import GreenThread

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.framing import FrameReader
from tests.chaos.storm_smsc import SPECIAL, special_recipient
from tests.chaos.storm_world import SENDER, SMPP_LOGIN, SMPP_PASSWORD, Account
from tests.e2e.platform import Platform

BATCH = 200
#: 1 to 3 parts in either alphabet, as often as each stands here.
TEXTS = (
    *["Your parcel has arrived, the code is 4821."] * 9,
    *["Ваш код 4821, никому его не говорите."] * 5,
    "Two parts. " * 20,
    "Three parts. " * 30,
    "Две части. " * 9,
    "Три части сообщения. " * 8,
)
#: Four operators by their ranges of numbers; the recipients that have a fate of their own are in none of these.
_PREFIXES = ("7903", "7916", "7926", "7977")
_LIMIT_SECONDS = 600.0
_PAUSE_SECONDS = 0.5
_WINDOW = 50


class Recipients:
    """Different ones each time. Those with a special fate are spread among the others: one that drops the link takes what
    was sent just before and after it along."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.special = [special_recipient(fate, one) for fate, many in SPECIAL.items() for one in range(many)]
        random.shuffle(self.special)
        self._numbers = count()

    def take(self, many: int) -> list[str]:
        chosen, self.special = self.special[: many // 80], self.special[many // 80 :]
        taken = chosen + [self._one(next(self._numbers)) for _ in range(many - len(chosen))]
        self._random.shuffle(taken)
        return taken

    def spare(self) -> Iterator[str]:
        """More of them, one by one."""
        while True:
            yield self._one(next(self._numbers))

    @staticmethod
    def _one(number: int) -> str:
        index, prefix = divmod(number, len(_PREFIXES))
        return f"{_PREFIXES[prefix]}{index:07d}"


@dataclass(slots=True)
class HttpTraffic:
    """Each batch of recipients goes to an advertiser with a text, both drawn; `acknowledged` are ids of messages."""

    platform: Platform
    accounts: Sequence[Account]
    random: Random
    acknowledged: list[str] = field(default_factory=list)
    _waiting: deque[list[str]] = field(default_factory=deque)
    _senders: list[GreenThread] = field(default_factory=list)

    def send(self, recipients: Sequence[str]) -> None:
        self._waiting.extend(list(recipients[at : at + BATCH]) for at in range(0, len(recipients), BATCH))
        self._senders = [one for one in self._senders if not one.dead]
        self._senders += [eventlet.spawn(self._work) for _ in range(3 - len(self._senders))]

    def finish(self) -> None:
        """Until all is acknowledged; raises what a sender failed with."""
        while self._senders:
            self._senders.pop().wait()

    def _work(self) -> None:
        while self._waiting:
            batch, account, text = self._waiting.popleft(), self.random.choice(self.accounts), self.random.choice(TEXTS)
            body = {"sender": account.sender, "text": text, "recipients": batch}
            headers = {"Authorization": f"Bearer {account.api_key}", "Idempotency-Key": secrets.token_hex(8)}
            with eventlet.Timeout(_LIMIT_SECONDS):
                while not self._sent(body, headers):
                    eventlet.sleep(_PAUSE_SECONDS)

    def _sent(self, body: Mapping[str, object], headers: dict[str, str]) -> bool:
        try:
            status, document = self.platform.api("POST", "/messages", body, headers)
        except (OSError, ValueError):
            return False
        if status == 202:
            self.acknowledged += [one["id"] for one in document["messages"]]
        else:
            assert status in (429, 500, 502, 503, 504), (status, document)
        return status == 202


class SmppTraffic:
    """A transceiver that binds again whenever it is cut off. What got no id is not repeated, for it may be there: another
    recipient takes its place. `receipts` are states by message id, in the order in which they came."""

    def __init__(self, port: int, spare: Iterator[str], random: Random) -> None:
        self.acknowledged: list[str] = []
        self.receipts: dict[str, list[str]] = {}
        self.doubtful = 0
        self._port, self._spare, self._random = port, spare, random
        self._waiting: deque[str] = deque()
        self._under_way: set[int] = set()
        self._sequence = 0
        self._resting_until = 0.0
        self._greenlet = eventlet.spawn(self._run)

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._under_way

    def send(self, recipients: Sequence[str]) -> None:
        self._waiting.extend(recipients)

    def stop(self) -> None:
        self._greenlet.kill()

    def _run(self) -> None:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=30) as sock:
                    self._talk(sock)
            except (OSError, EOFError):
                pass
            finally:
                self._doubt(len(self._under_way))
                self._under_way.clear()
            eventlet.sleep(_PAUSE_SECONDS)

    def _doubt(self, many: int) -> None:
        self.doubtful += many
        self._waiting.extend(next(self._spare) for _ in range(many))

    def _talk(self, sock: socket.socket) -> None:
        frames = FrameReader()
        self._sequence += 1
        sock.sendall(p.encode(p.Bind(c.BIND_TRANSCEIVER, self._sequence, SMPP_LOGIN, SMPP_PASSWORD)))
        bound = False
        sock.settimeout(0.5)
        while True:
            try:
                data = sock.recv(1 << 16)
                if not data:
                    raise EOFError
            except TimeoutError:
                data = b""
            answers: list[bytes] = []
            for pdu in map(p.decode, frames.feed(data)):
                if isinstance(pdu, p.BindResp):
                    if pdu.command_status:
                        return
                    bound = True
                else:
                    answers += self._take(pdu)
            if bound:
                answers += self._fill()
            sock.sendall(b"".join(answers))

    def _take(self, pdu: p.Pdu) -> list[bytes]:
        if isinstance(pdu, p.SubmitSmResp):
            self._under_way.discard(pdu.sequence_number)
            if pdu.command_status == c.ESME_ROK:
                self.acknowledged.append(pdu.message_id)
            else:
                self._doubt(1)
                self._resting_until = time.monotonic() + 2 * _PAUSE_SECONDS
        elif isinstance(pdu, p.DeliverSm):
            told = dict(word.split(":", 1) for word in pdu.short_message.decode().split() if ":" in word)
            self.receipts.setdefault(told["id"], []).append(told["stat"])
            return [p.encode(p.DeliverSmResp(pdu.sequence_number))]
        elif pdu.command_id == c.ENQUIRE_LINK:
            return [p.encode(p.EnquireLinkResp(pdu.sequence_number))]
        return []

    def _fill(self) -> list[bytes]:
        made: list[bytes] = []
        if time.monotonic() < self._resting_until:
            return made
        while self._waiting and len(self._under_way) < _WINDOW:
            self._sequence += 1
            self._under_way.add(self._sequence)
            made.append(p.encode(self._submit(self._waiting.popleft(), self._random.choice(TEXTS))))
        return made

    def _submit(self, recipient: str, text: str) -> p.SubmitSm:
        latin = text.isascii()
        octets = text.encode("ascii" if latin else "utf-16-be")
        short = len(octets) <= 140
        return p.SubmitSm(
            self._sequence,
            source_addr_ton=c.TON_ALPHANUMERIC,
            source_addr=SENDER,
            dest_addr_ton=c.TON_INTERNATIONAL,
            dest_addr_npi=c.NPI_ISDN,
            destination_addr=recipient,
            registered_delivery=c.REGISTERED_DELIVERY_FINAL,
            data_coding=c.DATA_CODING_GSM if latin else c.DATA_CODING_UCS2,
            short_message=octets if short else b"",
            tlvs=p.NO_TLVS if short else {c.TLV_MESSAGE_PAYLOAD: octets},
        )
