"""Numbers, keywords, lists and words as people manage them; nobody sees or takes what is another's."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import text

from contracts.errors import Conflict, Malformed, NotFound
from contracts.smpp_gateway import SmppGatewayClient
from contracts.smpp_incoming import Forwarding, StopWords
from kit.database import Transactions, dispose_engine, engine_for
from services.smpp_gateway import metrics, repository_forward
from services.smpp_gateway.client_messages import ClientMessages
from services.smpp_gateway.receiving import Receiving
from services.smpp_gateway.service import SmppGatewayService
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room
from tests.service.smpp_gateway.test_clients import OTHER
from tests.service.smpp_gateway.test_incoming import PERSON, TABLES, _rows, _write

STRANGER = str(uuid4())


class Desk:
    """The service on a database, behind its typed client."""

    def __init__(self, url: str) -> None:
        self.room = Room(Transactions(engine_for(url)))
        with self.room.db.begin() as connection:
            connection.execute(text(f"TRUNCATE {TABLES}, outbox, message, message_term, part CASCADE"))
        self.messages = ClientMessages(self.room.context)
        gateway = SimpleNamespace(
            context=self.room.context, receiving=Receiving(self.room.context), client_messages=self.messages
        )
        self.service = worker_factory(
            SmppGatewayService, db=self.room.db, clock=self.room.clock, accounts=self, gateway=gateway
        )
        self.client = SmppGatewayClient(self._call)
        self.client.put_incoming_number("1234", partner_id=PARTNER, author="operator")

    def _call(self, _service: str, method: str, arguments: dict[str, Any], _timeout_seconds: float) -> Any:
        return json.loads(json.dumps(getattr(self.service, method)(**json.loads(json.dumps(arguments)))))

    def advertiser(self, partner_id: str, advertiser_id: str) -> Any:
        """The partner has these two advertisers, a stranger has none."""
        if partner_id != PARTNER or advertiser_id not in (ADVERTISER, OTHER):
            raise NotFound("There is no such advertiser.")
        return SimpleNamespace(id=advertiser_id)

    def partners(self, ids: list[str]) -> list[str]:
        return [one for one in ids if one in (PARTNER, STRANGER)]

    def give(self, keyword: str, advertiser: str | None = ADVERTISER, partner: str = PARTNER) -> Any:
        return self.client.set_incoming_owner(partner, "1234", keyword=keyword, advertiser_id=advertiser, author="anna")


@pytest.fixture(scope="module")
def url(module_database: Callable[[str], str]) -> Iterator[str]:
    url = module_database("smpp_gateway")
    yield url
    dispose_engine(url)


@pytest.fixture
def desk(url: str) -> Desk:
    return Desk(url)


def test_a_partner_gives_its_number_and_its_keywords_to_its_advertisers(desk: Desk) -> None:
    desk.give("", OTHER)
    found = desk.give("Ёлка")
    assert (found.advertiser_id, [(one.keyword, one.advertiser_id) for one in found.keywords]) == (
        OTHER, [("елка", ADVERTISER)],
    )  # fmt: skip
    _write(desk.room, "ЁЛКА 2", "что-то")
    assert [one.text for one in desk.client.incoming(ADVERTISER).items] == ["ЁЛКА 2"]
    assert [one.text for one in desk.client.incoming(OTHER).items] == ["что-то"]
    assert desk.give("елка", None).keywords == []


def test_nobody_gives_away_what_is_anothers(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.give("", ADVERTISER, STRANGER)
    with pytest.raises(NotFound):
        desk.give("shop", None, STRANGER)
    with pytest.raises(NotFound):
        desk.give("shop", str(uuid4()))
    with pytest.raises(NotFound):
        desk.client.set_forwarding(STRANGER, ADVERTISER, Forwarding(smpp=False, states=False))
    with pytest.raises(NotFound):
        desk.client.put_incoming_number("777", partner_id=str(uuid4()), author="operator")
    assert desk.client.incoming_numbers(STRANGER) == []


def test_a_keyword_is_one_advertisers_at_a_time(desk: Desk) -> None:
    desk.give("shop")
    desk.give("SHOP")
    with pytest.raises(Conflict) as taken:
        desk.give("Shop", OTHER)
    assert taken.value.data["errors"][0]["code"] == "keyword_taken"


def test_another_partner_gets_a_number_without_what_was_set_up_for_it(desk: Desk) -> None:
    desk.give("shop")
    desk.give("")
    same = desk.client.put_incoming_number("12 34", partner_id=PARTNER, author="operator")
    assert (same.advertiser_id, len(same.keywords)) == (ADVERTISER, 1)
    moved = desk.client.put_incoming_number("1234", partner_id=STRANGER, author="operator")
    assert (moved.partner_id, moved.advertiser_id, moved.keywords) == (STRANGER, None, [])
    desk.client.drop_incoming_number("1234")
    assert desk.client.incoming_numbers(None) == []
    with pytest.raises(NotFound):
        desk.client.drop_incoming_number("1234")


@pytest.mark.parametrize("number", ["", "12", "abc", "1" * 16, "12\x0034"])
def test_what_is_no_number_is_refused(desk: Desk, number: str) -> None:
    with pytest.raises(Malformed):
        desk.client.put_incoming_number(number, partner_id=None, author="operator")


@pytest.mark.parametrize("keyword", ["two words", "x" * 33, "a-b", "'; drop"])
def test_what_is_no_keyword_is_refused(desk: Desk, keyword: str) -> None:
    with pytest.raises(Malformed):
        desk.give(keyword)


def test_messages_are_listed_in_pages_with_their_fate(desk: Desk) -> None:
    desk.give("")
    _write(desk.room, *map(str, range(5)))
    _write(desk.room, "other", sender="79030000002")
    first = desk.client.incoming(ADVERTISER, limit=4)
    rest = desk.client.incoming(ADVERTISER, limit=4, cursor=first.next_cursor)
    assert [one.text for one in (*first.items, *rest.items)] == ["other", "4", "3", "2", "1", "0"]
    assert rest.next_cursor is None
    assert {one.smpp for one in first.items} == {"waiting"}
    assert [one.text for one in desk.client.incoming(ADVERTISER, search="0000002").items] == ["other"]
    assert desk.client.incoming(ADVERTISER, search="a%").items == []


def test_what_nobody_receives_is_for_the_operator(desk: Desk) -> None:
    _write(desk.room, "anybody?")
    assert [one.text for one in desk.client.incoming_of_nobody().items] == ["anybody?"]
    assert desk.client.incoming(ADVERTISER).items == []


def test_by_smpp_is_switched_off_and_on(desk: Desk) -> None:
    assert desk.client.forwarding(ADVERTISER) == Forwarding(smpp=True, states=False)
    for wanted in (Forwarding(smpp=False, states=True), Forwarding(smpp=True, states=False)):
        desk.client.set_forwarding(PARTNER, ADVERTISER, wanted)
        assert desk.client.forwarding(ADVERTISER) == wanted
    assert desk.client.forwarding(OTHER) == Forwarding(smpp=True, states=False)


def test_a_stop_list_is_the_advertisers_own(desk: Desk) -> None:
    assert desk.client.stop_add(ADVERTISER, ["8 903 000-00-01", "79030000002"], author="anna") == 2
    assert desk.client.stop_add(ADVERTISER, [PERSON], author="anna") == 0
    page = desk.client.stop_list(ADVERTISER, limit=1)
    rest = desk.client.stop_list(ADVERTISER, cursor=page.next_cursor)
    assert [(one.recipient, one.reason, one.author) for one in (*page.items, *rest.items)] == [
        (PERSON, "manual", "anna"), ("79030000002", "manual", "anna"),
    ]  # fmt: skip
    assert [one.recipient for one in desk.client.stop_list(ADVERTISER, search="002").items] == ["79030000002"]
    assert desk.client.stop_list(OTHER).items == []
    assert desk.client.stop_remove(OTHER, [PERSON]) == 0
    assert desk.client.stop_remove(ADVERTISER, [PERSON]) == 1


def test_of_a_list_with_a_wrong_number_none_is_added(desk: Desk) -> None:
    with pytest.raises(Malformed) as refused:
        desk.client.stop_add(ADVERTISER, [PERSON, "nobody"], author="anna")
    assert [one["pointer"] for one in refused.value.data["errors"]] == ["/recipients/1"]
    assert desk.client.stop_list(ADVERTISER).items == []


def test_the_words_are_the_operators(desk: Desk) -> None:
    before = desk.client.stop_words()
    assert (sorted(before.stop), sorted(before.start)) == (
        ["STOP", "UNSUBSCRIBE", "ОТПИСКА", "СТОП"], ["START", "СТАРТ"],
    )  # fmt: skip
    desk.give("")
    desk.client.set_stop_words(StopWords(stop=["Хватит"], start=[]))
    try:
        _write(desk.room, "хватит!", "стоп")
        assert [one.kind for one in desk.client.incoming(ADVERTISER).items] == ["message", "stop"]
        for words in (StopWords(stop=["!"], start=[]), StopWords(stop=["a"], start=["A."])):
            with pytest.raises(Malformed):
                desk.client.set_stop_words(words)
    finally:
        desk.client.set_stop_words(before)


def test_messages_that_a_client_never_comes_for_expire_and_old_ones_go(desk: Desk) -> None:
    desk.give("")
    _write(desk.room, "1")
    desk.room.clock.advance(7 * 86_400 - 60)
    desk.service.look_after_incoming()
    assert [one.smpp for one in desk.client.incoming(ADVERTISER).items] == ["waiting"]
    desk.room.clock.advance(120)
    desk.service.look_after_incoming()
    assert [one.smpp for one in desk.client.incoming(ADVERTISER).items] == ["expired"]
    desk.room.clock.advance(400 * 86_400)
    desk.service.look_after_incoming()
    assert _rows(desk.room, "SELECT * FROM incoming") == []


def test_what_waits_for_clients_is_measured(desk: Desk) -> None:
    desk.give("")
    _write(desk.room, "1", "2")
    desk.room.clock.advance(90)
    with desk.room.db.begin() as connection:
        desk.messages.measure(*repository_forward.waiting(connection, 10_000))
    assert metrics.incoming_waiting._value.get() == 2
    assert round(metrics.incoming_oldest._value.get()) == 90


def test_the_ends_of_messages_are_told_of_those_who_want_it(desk: Desk) -> None:
    room = desk.room
    desk.client.set_forwarding(PARTNER, ADVERTISER, Forwarding(smpp=True, states=True))
    own, refused = room.accept(PERSON, "12025550123")
    room.accept(PERSON, advertiser=OTHER)
    room.charging.run_once()
    room.submitting.run_once()
    ids = room.respond(prefix=str(uuid4()))
    room.ends.on_receipts([room.receipt(one, "undelivered") for one in ids] * 2)
    told = _rows(room, "SELECT envelope FROM outbox WHERE name = 'messages_ended' ORDER BY id")
    items = [item for (envelope,) in told for item in envelope["data"]["items"]]
    assert [(one["message_id"], one["state"]) for one in items] == [(refused, "refused"), (own, "undelivered")]
    assert {one["advertiser_id"] for one in items} == {ADVERTISER}
    desk.client.set_forwarding(PARTNER, ADVERTISER, Forwarding(smpp=True, states=False))
    assert room.context.watchers == frozenset()
