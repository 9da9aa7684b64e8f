"""What the platform and its SMPP server for advertisers say to each other."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from contracts.accounts_smpp import PRIORITY_AS_TRANSACTIONAL
from services.smpp_gateway.pdu import CancelSm, DeliverSm, QuerySm, ReplaceSm, SubmitMulti, SubmitSm, UnsuccessSme
from services.smpp_gateway.session_settings import SessionSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Limits of the server. An unbound connection is nobody's yet, so those are counted apart, per address and in all.

    `submit_batch` and `submit_linger_seconds` bound how many submits of all sessions are stored in one call and how
    long the first of them waits for company. `idle_seconds` is how long a bound client may say nothing but enquire_link;
    0: as long as it likes.
    """

    system_id: str = "Golub"
    backlog: int = 1024
    session_init_seconds: float = 10.0
    tls_handshake_seconds: float = 5.0
    idle_seconds: float = 86_400.0
    max_unbound: int = 256
    max_unbound_per_address: int = 32
    max_sessions: int = 2_000
    unbound_frame_bytes: int = 1_024
    bind_refusal_delay_seconds: float = 1.0
    authentications_at_once: int = 8
    max_errors: int = 20
    max_errors_unbound: int = 3
    submit_batch: int = 500
    submit_linger_seconds: float = 0.003
    submit_calls_at_once: int = 2
    max_queued_submits: int = 5_000
    deliver_window: int = 100
    max_queued_outcomes: int = 5_000
    outcome_linger_seconds: float = 0.01
    outcome_attempts: int = 5
    unbind_wait_seconds: float = 15.0
    session: SessionSettings = field(default_factory=lambda: SessionSettings(response_timeout_seconds=30.0))


@dataclass(frozen=True, slots=True)
class BoundAccount:
    """`max_binds` sessions at once, `window` unanswered submits per session; 0 submits per second means no limit.

    `version`: of the password it was bound with. `highest_priority`: a higher priority_flag counts as this one.
    """

    account_id: str
    max_binds: int
    window: int
    submits_per_second: int
    version: int = 0
    highest_priority: int = PRIORITY_AS_TRANSACTIONAL


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """`number` is unique in this process; `address` the peer's IP; `kind` transmitter, receiver or transceiver."""

    number: int
    system_id: str
    address: str
    interface_version: int
    kind: str = "transceiver"
    secure: bool = False


#: What a client asks of its messages. A data_sm comes as the submit_sm it amounts to, its text in message_payload.
Operation: TypeAlias = SubmitSm | SubmitMulti | QuerySm | CancelSm | ReplaceSm


@dataclass(frozen=True, slots=True)
class ClientSubmit:
    account: BoundAccount
    session: SessionInfo
    pdu: Operation


@dataclass(frozen=True, slots=True)
class Queried:
    """What a query_sm_resp tells of a message; `final_date` as SMPP writes it, empty before the end."""

    final_date: str
    message_state: int
    error_code: int = 0


@dataclass(frozen=True, slots=True)
class SubmitAnswer:
    """`unsuccess` goes with a submit_multi, `queried` with a query_sm that found its message."""

    command_status: int
    message_id: str = ""
    unsuccess: tuple[UnsuccessSme, ...] = ()
    queried: Queried | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`key` comes back when the client has answered; the session numbers `pdu` itself."""

    key: Hashable
    pdu: DeliverSm


class ServerHandler(Protocol):
    def authenticate(self, system_id: str, password: str, address: str) -> BoundAccount:
        """Who this is. An error with an `smpp_status` refuses the bind with it, any other one with ESME_RSYSERR."""

    def submit(self, items: list[ClientSubmit]) -> Sequence[SubmitAnswer | None]:
        """Do durably what is asked, an answer per item in order; the clients are answered after the return.

        None ends the session without an answer to that submit or any later one of it. An error answers all items with
        its `smpp_status`, or ESME_RSYSERR.
        """

    def on_bound(self, account: BoundAccount) -> None:
        """A session that can receive is there. This and the two below are called one at a time, in any order."""

    def on_delivered(self, keys: list[Hashable]) -> None:
        """The client acknowledged. When this or `on_undelivered` raises, it is repeated `outcome_attempts` times."""

    def on_undelivered(self, keys: list[Hashable]) -> None:
        """The client refused or said nothing in time, or its session died: the client may or may not have it."""


class Places(Protocol):
    """Counts the binds of an account where the processes of the gateway can see each other's."""

    def take(self, account: BoundAccount, info: SessionInfo) -> float | None:
        """One of the account's places: what share of its rate is this process's now; None: all are taken.

        An error refuses the bind as one of `authenticate` does.
        """

    def give_back(self, numbers: list[int]) -> None:
        """These sessions have ended. Repeated as `on_delivered` is."""


class OwnPlaces:
    """Of a process that is alone: its own count is all there is."""

    def take(self, account: BoundAccount, info: SessionInfo) -> float | None:
        return 1.0

    def give_back(self, numbers: list[int]) -> None:
        return
