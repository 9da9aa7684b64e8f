"""smpp_gateway: what people write to the platform's numbers, whose it is, and who wants no more advertising."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire

#: Codes of `data["errors"]` of a `Malformed` or `Conflict` of these calls, and their sentences (English msgids).
PROBLEMS = {
    "number_invalid": "A number has 3 to 15 digits",
    "keyword_invalid": "A keyword is one word of at most 32 letters and digits",
    "keyword_taken": "Another advertiser has this keyword already",
    "too_many_keywords": "A number has at most 1,000 keywords",
    "recipient_invalid": "This is no phone number",
    "too_many_recipients": "At most 1,000 numbers at once",
    "word_invalid": "A word has 1 to 32 letters and digits",
    "word_twice": "The same word can't stop and start",
    "too_many_words": "At most 50 words of each kind",
}

INCOMING_KINDS = ("message", "stop", "start")


@wire
class IncomingItem:
    """A message of a person to an advertiser: `number` is ours, `sender` the person's, both in digits.

    `keyword`: the first word by which it came to this advertiser, empty: the number is the advertiser's own. `kind`:
    message, stop or start. `parts` of `parts_total` came.
    """

    id: str
    advertiser_id: str
    number: str
    sender: str
    text: str
    keyword: str
    kind: str
    parts: int
    parts_total: int
    received_at: str


@wire
class IncomingView:
    """`advertiser_id` None: nobody receives it. `repeat_of`: the message it seems to be a repetition of; not forwarded.

    `smpp`: what became of it by SMPP: waiting, delivered, failed, expired; empty: it does not go that way.
    """

    id: str
    advertiser_id: str | None
    number: str
    sender: str
    text: str
    keyword: str
    kind: str
    parts: int
    parts_total: int
    received_at: str
    repeat_of: str | None
    smpp: str


@wire
class IncomingPage:
    """Newest first; `next_cursor` continues after the last item, None at the end."""

    items: list[IncomingView]
    next_cursor: str | None


@wire
class IncomingKeyword:
    keyword: str
    advertiser_id: str


@wire
class IncomingNumber:
    """`partner_id` None: nobody's yet. `advertiser_id`: who gets what no keyword gives to somebody else."""

    number: str
    partner_id: str | None
    advertiser_id: str | None
    keywords: list[IncomingKeyword]


@wire
class Forwarding:
    """`smpp`: the advertiser's SMPP clients get what people write, true unless it was switched off. `states`: `notify` is
    told how the advertiser's own messages ended, for its webhook."""

    smpp: bool
    states: bool


@wire
class StopEntry:
    """`reason`: word (the person wrote it) or manual (`author` put it there)."""

    recipient: str
    reason: str
    author: str
    at: str


@wire
class StopPage:
    """In the order of the numbers; `next_cursor` is the last number, None at the end."""

    items: list[StopEntry]
    next_cursor: str | None


@wire
class StopWords:
    """`stop` puts the sender on the stop list of whoever wrote to it, `start` takes it off again."""

    stop: list[str]
    start: list[str]


class IncomingCalls(Client):
    """Part of `SmppGatewayClient`."""

    def incoming(
        self, advertiser_id: str, *, cursor: str | None = None, limit: int = 50, search: str = ""
    ) -> IncomingPage:
        """`search`: a piece of the person's number."""
        arguments = {"advertiser_id": advertiser_id, "cursor": cursor, "limit": limit, "search": search}
        return from_wire(IncomingPage, self._call("incoming", **arguments))

    def incoming_of_nobody(self, *, cursor: str | None = None, limit: int = 50, search: str = "") -> IncomingPage:
        """What came to numbers and keywords that nobody receives: for the operator."""
        return from_wire(IncomingPage, self._call("incoming_of_nobody", cursor=cursor, limit=limit, search=search))

    def incoming_numbers(self, partner_id: str | None) -> list[IncomingNumber]:
        """Of a partner; None: all, for the operator. At most 1,000."""
        return many_from_wire(IncomingNumber, self._call("incoming_numbers", partner_id=partner_id))

    def put_incoming_number(self, number: str, *, partner_id: str | None, author: str) -> IncomingNumber:
        """Give a number to a partner, new or another one's. Whoever had it loses its keywords and its default."""
        arguments = {"number": number, "partner_id": partner_id, "author": author}
        return from_wire(IncomingNumber, self._call("put_incoming_number", **arguments))

    def drop_incoming_number(self, number: str) -> None:
        """What came to it stays."""
        self._call("drop_incoming_number", number=number)

    def set_incoming_owner(
        self, partner_id: str, number: str, *, keyword: str, advertiser_id: str | None, author: str
    ) -> IncomingNumber:
        """Who of the partner's advertisers gets what comes to its number with the keyword (empty: with none); None: nobody.

        `NotFound` for another partner's number or advertiser, `Conflict` for another advertiser's keyword.
        """
        arguments = {
            "partner_id": partner_id,
            "number": number,
            "keyword": keyword,
            "advertiser_id": advertiser_id,
            "author": author,
        }
        return from_wire(IncomingNumber, self._call("set_incoming_owner", **arguments))

    def forwarding(self, advertiser_id: str) -> Forwarding:
        return from_wire(Forwarding, self._call("forwarding", advertiser_id=advertiser_id))

    def set_forwarding(self, partner_id: str, advertiser_id: str, change: Forwarding) -> None:
        """For messages that come, or end, from now on (states: within five seconds); `NotFound` for another partner's
        advertiser."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        self._call("set_forwarding", **arguments, change=to_wire(change))

    def stop_list(
        self, advertiser_id: str, *, cursor: str | None = None, limit: int = 50, search: str = ""
    ) -> StopPage:
        """Who gets no advertising of the advertiser; `search`: a piece of a number."""
        arguments = {"advertiser_id": advertiser_id, "cursor": cursor, "limit": limit, "search": search}
        return from_wire(StopPage, self._call("stop_list", **arguments))

    def stop_add(self, advertiser_id: str, recipients: list[str], *, author: str) -> int:
        """How many are new. `Malformed` names each that is no number; then none was added."""
        return self._call("stop_add", advertiser_id=advertiser_id, recipients=recipients, author=author)

    def stop_remove(self, advertiser_id: str, recipients: list[str]) -> int:
        """How many were on it."""
        return self._call("stop_remove", advertiser_id=advertiser_id, recipients=recipients)

    def stop_words(self) -> StopWords:
        return from_wire(StopWords, self._call("stop_words"))

    def set_stop_words(self, words: StopWords) -> StopWords:
        """For messages that come from now on."""
        return from_wire(StopWords, self._call("set_stop_words", words=to_wire(words)))
