"""Accepting: durable, idempotent, whole or not at all."""

import eventlet
import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import Connection, text

from contracts.batches import batch_to_wire
from contracts.errors import GolubError, IdempotencyMismatch, Malformed
from contracts.smpp_gateway import AcceptItem, AcceptOrder, SmppGatewayClient
from services.smpp_gateway import repository
from services.smpp_gateway.intake import Order, Outcome
from services.smpp_gateway.service import SmppGatewayService
from services.smpp_gateway.work import Work
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room

OTHER = "018f0000-0000-7000-8000-0000000000cc"


def test_an_accepted_message_is_in_the_database_before_the_answer(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    work = room.work(message_id)
    assert (work.state, work.recipient, work.parts) == ("accepted", "79030000001", 1)


def test_good_items_are_accepted_while_bad_ones_become_refused_records(room: Room) -> None:
    ids = room.accept("79030000001", "not a number", "")
    assert [(room.work(one).state, room.work(one).reason) for one in ids] == [
        ("accepted", None),
        ("refused", "recipient_invalid"),
        ("refused", "recipient_missing"),
    ]


def test_a_sender_that_is_not_allowed_is_refused_at_the_door(room: Room) -> None:
    (message_id,) = room.accept("79030000001", sender="STRANGER")
    assert room.work(message_id).reason == "sender_unknown"


def test_with_senders_away_messages_are_accepted_and_checked_before_the_money(room: Room) -> None:
    room.senders.away = True
    (message_id,) = room.accept("79030000001", sender="STRANGER")
    assert room.work(message_id).state == "accepted"
    room.senders.away = False
    room.charging.run_once()
    assert room.work(message_id).reason == "sender_unknown"
    assert room.billing.charges == {}


def test_the_same_idempotency_key_gives_the_first_answer_and_stores_nothing_more(room: Room) -> None:
    first = room.accept("79030000001", "79030000002", key="order-1")
    assert room.accept("79030000001", "79030000002", key="order-1") == first
    assert room.count("message") == 2


def test_an_idempotency_key_with_other_contents_is_an_error(room: Room) -> None:
    room.accept("79030000001", key="order-1")
    with pytest.raises(IdempotencyMismatch):
        room.accept("79030000002", key="order-1")
    assert room.count("message") == 1


def test_twenty_requests_at_once_with_one_key_store_one_batch(room: Room) -> None:
    threads = [eventlet.spawn(room.accept, "79030000001", key="same") for _ in range(20)]
    answers = {tuple(thread.wait()) for thread in threads}
    assert len(answers) == 1
    assert room.count("message") == 1


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_of_the_wrong_size_stores_nothing(room: Room, count: int) -> None:
    order = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http")
    with pytest.raises(Malformed):
        room.intake.accept(order, [AcceptItem(recipient="79030000001", sender="GOLUB", text="x")] * count)
    assert room.count("message") == 0


def test_what_memory_has_no_room_for_is_claimed_from_the_database_later(room: Room) -> None:
    room.context.to_charge.most = 0
    (message_id,) = room.accept("79030000001")
    assert len(room.context.to_charge) == 0
    room.context.to_charge.most = 100
    room.sweeping.claim_accepted()
    room.charging.run_once()
    assert room.work(message_id).state == "charged"


def test_text_with_nul_or_surrogates_is_refused_and_stored_printable(room: Room) -> None:
    ids = room.accept("79030000001", text="a\x00b") + room.accept("79030000001", text="\ud800")
    assert [room.work(one).reason for one in ids] == ["text_invalid", "text_invalid"]


def _order(*recipients: str, key: str | None = None, advertiser: str = ADVERTISER) -> Order:
    head = AcceptOrder(partner_id=PARTNER, advertiser_id=advertiser, source="http", idempotency_key=key)
    return Order(head, [AcceptItem(recipient=one, sender="GOLUB", text="Привет") for one in recipients])


def _told(outcome: Outcome) -> list[str] | str:
    """The states of an order, or the name of its error."""
    return type(outcome).__name__ if isinstance(outcome, GolubError) else [one.state for one in outcome]


def test_of_several_requests_each_gets_its_own_answers_or_error(room: Room) -> None:
    before = room.accept("79030000001", key="old")
    outcomes = room.intake.accept_orders(
        [
            _order("79030000002", "nobody"),
            _order(),
            _order("79030000001", key="old"),
            _order("79030000009", key="old"),
            _order("79030000003", key="new"),
            _order("79030000003", key="new"),
            _order("79030000004", key="new"),
            _order("79030000003", key="new", advertiser=OTHER),
            _order("79030000005", key="k" * 256),
            _order("79030000006", advertiser="nobody"),
        ]
    )
    assert list(map(_told, outcomes)) == [
        ["accepted", "refused"],
        "Malformed",
        ["accepted"],
        "IdempotencyMismatch",
        ["accepted"],
        ["accepted"],
        "IdempotencyMismatch",
        ["accepted"],
        "Malformed",
        "Malformed",
    ]
    assert outcomes[4] == outcomes[5] != outcomes[7]
    assert [one.id for one in outcomes[2]] == before  # type: ignore[union-attr]
    assert room.count("message") == 5
    room.charging.run_once()
    assert len(room.billing.charges) == 4


def test_a_request_that_the_database_refuses_spoils_no_other(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    insert = repository.insert

    def odd(connection: Connection, works: list[Work]) -> None:
        if any(work.recipient == "79030000013" for work in works):
            connection.execute(text("SELECT 1 / 0"))
        insert(connection, works)

    monkeypatch.setattr(repository, "insert", odd)
    orders = [_order("79030000001", key="a"), _order("79030000013", key="b"), _order("79030000002", key="c")]
    assert list(map(_told, room.intake.accept_orders(orders))) == [["accepted"], "GolubError", ["accepted"]]
    assert room.count("message") == room.count("idempotency") == 2


def test_hundreds_of_keys_at_once_in_any_order_wait_in_no_circle(room: Room) -> None:
    keys = [f"key-{number}" for number in range(40)]
    orders = [_order("79030000001", key=key) for key in keys]
    threads = [eventlet.spawn(room.intake.accept_orders, batch) for batch in (orders, orders[::-1]) * 4]
    assert len({tuple(sorted(one[0].id for one in thread.wait())) for thread in threads}) == 1
    assert room.count("message") == 40


def test_orders_cross_the_bus_with_their_counts(room: Room) -> None:
    service = worker_factory(SmppGatewayService, db=room.db, clock=room.clock, gateway=room)
    client = SmppGatewayClient(lambda _service, method, arguments, _seconds: getattr(service, method)(**arguments))
    orders = [_order("79030000001", "nobody"), _order(), _order("79030000002", key="a"), _order("79030000003", key="a")]
    outcomes = client.accept_orders([(one.head, list(one.items)) for one in orders])
    assert list(map(_told, outcomes)) == [["accepted", "refused"], "Malformed", ["accepted"], "IdempotencyMismatch"]
    for counts in ([1], [1, 1, 1], [1, "1"], [-1, 3], None):
        items = batch_to_wire([*orders[0].items])
        with pytest.raises(Malformed):
            service.accept_orders(batch_to_wire([orders[0].head, orders[2].head]), counts, items)
