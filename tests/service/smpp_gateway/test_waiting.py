"""Messages that wait for money: in what order they go on, for how long they wait, and that nobody stands in another's way."""

import json
from datetime import timedelta

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import event, text

from contracts.errors import Malformed, Unavailable
from contracts.smpp_gateway import SmppGatewayClient, WaitingPolicy
from services.smpp_gateway import repository_funds, repository_parts
from services.smpp_gateway.asking import debit_item, quote_item
from services.smpp_gateway.service import SmppGatewayService
from services.smpp_gateway.views import message_view
from tests.service.smpp_gateway.neighbours import tier
from tests.service.smpp_gateway.rooms import ADVERTISER, NOW, PARTNER, PRICE, Room

OTHER = "018f0000-0000-7000-8000-0000000000cc"
LONG = "я" * 150
_CROWD = """
INSERT INTO message (id, partner_id, advertiser_id, source, recipient, sender, text, sms_type, data_coding, esm_class,
    receipts, state, reason, parts, due_at, expires_at, accepted_at, wait_until)
SELECT CAST(substr(:first, 1, 24) || lpad(to_hex(number), 12, '0') AS uuid), partner_id, advertiser_id, source, recipient,
    sender, text, sms_type, data_coding, esm_class, receipts, state, reason, parts, due_at, expires_at, accepted_at,
    wait_until
FROM message, generate_series(1, 3000) AS number
"""


def _numbers(count: int, first: int = 0) -> list[str]:
    return [f"7903{number:07d}" for number in range(first, first + count)]


def _client(room: Room) -> SmppGatewayClient:
    service = worker_factory(SmppGatewayService, db=room.db, clock=room.clock)
    return SmppGatewayClient(lambda _service, method, arguments, _seconds: getattr(service, method)(**arguments))


def _held(room: Room, *recipients: str, advertiser: str = ADVERTISER, **more: str) -> list[str]:
    room.billing.left = 0
    ids = room.accept(*recipients, advertiser=advertiser, **more)  # type: ignore[arg-type]
    room.charging.run_once()
    assert set(room.states(ids, advertiser)) == {"held"}
    return ids


def test_held_messages_go_on_in_the_order_in_which_they_were_accepted(room: Room) -> None:
    ids = _held(room, *_numbers(5))
    room.top_up(3 * PRICE)
    room.waiting.release()
    room.charging.run_once()
    assert room.states(ids) == ["charged"] * 3 + ["held"] * 2
    assert room.billing.left == 0


def test_nobody_overtakes_one_that_can_not_be_paid_yet(room: Room) -> None:
    (long,) = _held(room, *_numbers(1), text=LONG)
    (short,) = _held(room, *_numbers(1, 1))
    room.top_up(2 * PRICE)
    room.waiting.release()
    assert room.states([long, short]) == ["held", "held"]
    room.top_up(2 * PRICE)
    room.waiting.release()
    room.charging.run_once()
    assert room.states([long, short]) == ["charged", "charged"]


def test_a_new_message_joins_the_line_behind_those_that_wait(room: Room) -> None:
    """Money that suffices for the new one alone does not let it overtake; another advertiser is not concerned."""
    (long,) = _held(room, *_numbers(1), text=LONG)
    room.billing.left = 2 * PRICE
    (short,), (other,) = room.accept(*_numbers(1, 1)), room.accept(*_numbers(1, 2), advertiser=OTHER)
    room.charging.run_once()
    assert (room.states([long, short]), room.work(short).reason) == (["held", "held"], "funds")
    assert room.states([other], OTHER) == ["charged"]
    assert short not in [item.message_id for item in room.billing.asked]
    room.top_up(10 * PRICE)
    room.waiting.release()
    room.charging.run_once()
    assert room.states([long, short]) == ["charged", "charged"]
    assert room.count("funds_wait") == 0


def test_what_another_process_may_have_paid_for_is_asked_for_and_waits_in_no_line(room: Room) -> None:
    """Its money may be taken: billing knows."""
    (long,) = _held(room, *_numbers(1), text=LONG)
    room.billing.left = PRICE
    (paid,) = room.accept(*_numbers(1, 1))
    (quote,) = room.tariffs.quote([quote_item(room.work(paid))])
    room.billing.debit([debit_item(room.work(paid), quote)])
    room.restart()
    room.clock.advance(31)
    room.sweeping.claim_accepted()
    room.charging.run_once()
    assert (room.states([paid]), room.states([long])) == (["charged"], ["held"])


def test_a_long_line_does_not_hold_up_another_advertisers(room: Room) -> None:
    crowd = _held(room, *_numbers(30))
    (lone,) = _held(room, *_numbers(1, 100), advertiser=OTHER)
    room.context.to_charge.most = 10
    room.billing.left = 10**9
    room.news_of_money([ADVERTISER, OTHER], [])
    room.waiting.release()
    room.charging.run_once()
    assert room.states([lone], OTHER) == ["charged"]
    assert room.states(crowd).count("charged") == 5


def test_lines_of_one_partner_share_what_came_for_it(room: Room) -> None:
    room.billing.partner_left = 0
    crowd = room.accept(*_numbers(6))
    others = room.accept(*_numbers(6, 100), advertiser=OTHER)
    room.charging.run_once()
    assert room.work(crowd[0]).reason == "partner_funds"
    room.billing.partner_left = 4 * PRICE // 2
    room.news_of_money([], [PARTNER])
    room.waiting.release()
    room.charging.run_once()
    assert room.states(crowd).count("charged") == room.states(others, OTHER).count("charged") == 2


def test_a_line_is_let_go_in_batches_until_it_is_empty(room: Room) -> None:
    ids = _held(room, *_numbers(10))
    room.context.to_charge.most = 4
    room.top_up(10**9)
    turns = 0
    while room.waiting.release():
        turns += 1
        assert len(room.context.to_charge) == 4
        assert not room.waiting.release(), "those that were let go are charged first"
        room.charging.run_once()
    room.charging.run_once()
    assert (turns, set(room.states(ids))) == (2, {"charged"})
    assert room.count("funds_wait") == 0


def test_money_that_was_promised_twice_is_not_asked_for_twice(room: Room) -> None:
    """The next look waits until what was let go before has been charged, and sees what is left then."""
    _held(room, *_numbers(8))
    room.context.to_charge.most = 4
    room.top_up(4 * PRICE)
    room.waiting.release()
    room.waiting.release()
    assert room.context.release_again
    room.charging.run_once()
    room.waiting.release()
    room.charging.run_once()
    assert len(room.billing.refused) == 8, "each was refused once, before the top-up"


def test_a_price_that_fell_lets_go_what_the_old_one_did_not(room: Room) -> None:
    (message_id,) = _held(room, *_numbers(1))
    room.billing.left = PRICE // 2
    room.tariffs.price = PRICE // 2
    room.clock.advance(130)
    room.waiting.release()
    room.charging.run_once()
    assert room.work(message_id).sell_amount == PRICE // 2


def test_a_message_whose_price_is_gone_while_it_waits_is_refused(room: Room) -> None:
    (message_id,) = _held(room, *_numbers(1))
    room.tariffs.gone = True
    room.top_up(PRICE)
    room.waiting.release()
    room.charging.run_once()
    assert (room.work(message_id).state, room.work(message_id).reason) == ("refused", "direction_unknown")


def test_who_lacks_the_partners_money_after_his_own_came_waits_for_that(room: Room) -> None:
    (message_id,) = _held(room, *_numbers(1))
    room.billing.partner_left = 0
    room.top_up(PRICE)
    room.waiting.release()
    assert (room.work(message_id).state, room.work(message_id).reason) == ("held", "partner_funds")
    room.billing.partner_left = PRICE
    room.news_of_money([], [PARTNER])
    room.waiting.release()
    room.charging.run_once()
    assert room.work(message_id).state == "charged"


def test_a_line_that_somebody_joins_during_a_look_is_not_forgotten(room: Room) -> None:
    _held(room, *_numbers(1))
    room.top_up(PRICE)
    estimate = room.billing.estimate

    def joined_meanwhile(items):  # type: ignore[no-untyped-def]
        with room.db.begin() as connection:
            repository_funds.join(connection, [(ADVERTISER, PARTNER, "funds")], NOW)
        return estimate(items)

    room.billing.estimate = joined_meanwhile  # type: ignore[method-assign]
    room.waiting.release()
    assert room.count("funds_wait") == 1


def test_a_look_that_failed_is_made_again(room: Room) -> None:
    (message_id,) = _held(room, *_numbers(1))
    room.top_up(PRICE)
    room.billing.away = True
    with pytest.raises(Unavailable):
        room.waiting.release()
    room.billing.away = False
    room.clock.advance(31)
    room.waiting.release()
    room.charging.run_once()
    assert room.work(message_id).state == "charged"


@pytest.mark.parametrize(("reason", "code"), [("funds", "funds_too_long"), ("partner_funds", "partner_funds_too_long")])
def test_a_message_waits_as_long_as_its_partner_lets_it(room: Room, reason: str, code: str) -> None:
    _client(room).set_waiting_policy(PARTNER, WaitingPolicy(funds_wait_hours=1), author="boss")
    room.billing.left, room.billing.partner_left = (0, 10**9) if reason == "funds" else (10**9, 0)
    (message_id,) = room.accept(*_numbers(1))
    room.charging.run_once()
    room.clock.advance(3599)
    room.waiting.end_waits()
    assert (room.work(message_id).state, room.work(message_id).reason) == ("held", reason)
    room.clock.advance(1)
    room.waiting.end_waits()
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged, work.due_at) == ("refused", code, 0, None)
    assert room.totals() == {"refused": (1, 0)}


def test_a_wait_counts_from_its_first_moment_however_often_it_begins(room: Room) -> None:
    _client(room).set_waiting_policy(PARTNER, WaitingPolicy(funds_wait_hours=1), author="boss")
    first, second = _held(room, *_numbers(2))
    room.clock.advance(1800)
    room.top_up(2 * PRICE)
    room.waiting.release()
    room.billing.left = PRICE
    room.charging.run_once()
    assert room.states([first, second]) == ["charged", "held"]
    assert room.work(second).wait_until == NOW + timedelta(hours=1)
    room.clock.advance(1800)
    room.waiting.end_waits()
    assert room.work(second).reason == "funds_too_long"


def test_nobody_waits_beyond_the_validity_of_a_message(room: Room) -> None:
    """Which is two hours here, and the policy 72."""
    (message_id,) = _held(room, *_numbers(1))
    assert room.work(message_id).wait_until == room.work(message_id).expires_at
    room.clock.advance(2 * 3600)
    room.waiting.end_waits()
    assert (room.work(message_id).state, room.work(message_id).reason) == ("refused", "funds_too_long")


def test_a_policy_holds_for_those_that_begin_to_wait_after_it(room: Room) -> None:
    (before,) = _held(room, *_numbers(1))
    _client(room).set_waiting_policy(PARTNER, WaitingPolicy(funds_wait_hours=1), author="boss")
    (after,) = _held(room, *_numbers(1, 1))
    assert room.work(before).wait_until == NOW + timedelta(hours=2)
    assert room.work(after).wait_until == NOW + timedelta(hours=1)


@pytest.mark.parametrize("hours", [0, 169, -1])
def test_a_policy_has_1_to_168_hours(room: Room, hours: int) -> None:
    client = _client(room)
    assert client.waiting_policy(PARTNER).funds_wait_hours == 72
    with pytest.raises(Malformed) as caught:
        client.set_waiting_policy(PARTNER, WaitingPolicy(funds_wait_hours=hours), author="boss")
    assert caught.value.data["errors"][0]["pointer"] == "/funds_wait_hours"
    for good in (1, 168):
        assert client.set_waiting_policy(PARTNER, WaitingPolicy(funds_wait_hours=good), author="boss") == (
            client.waiting_policy(PARTNER)
        )


def test_a_look_takes_as_many_queries_for_many_messages_as_for_one(room: Room) -> None:
    _held(room, *_numbers(200))
    room.top_up(10**9)
    statements: list[str] = []
    event.listen(room.db.engine, "before_cursor_execute", lambda c, cur, statement, *rest: statements.append(statement))
    calls = room.billing.calls, room.tariffs.calls
    room.waiting.release()
    # claim, the oldest; move, event, end of the line.
    assert len(statements) <= 5, statements
    assert (room.billing.calls, room.tariffs.calls) == (calls[0], calls[1] + 1)


def test_the_few_of_one_are_found_without_reading_the_many_of_another(room: Room) -> None:
    """However the statistics look: here they say that whoever waits has many."""
    (first,) = _held(room, *_numbers(1))
    with room.db.begin() as connection:
        connection.execute(text(_CROWD), {"first": first})
        connection.execute(text("ANALYZE message"))
    _held(room, *_numbers(1, 1), advertiser=OTHER)
    with room.db.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        statement = f"EXPLAIN (ANALYZE, FORMAT JSON) {repository_funds._OLDEST.text}"
        line = repository_funds.Line(OTHER, "funds", 0)
        [plan] = connection.execute(text(statement), repository_funds._keys([line]) | {"share": 500}).scalar_one()
    assert plan["Plan"]["Actual Rows"] == 1
    assert "Rows Removed by Filter" not in json.dumps(plan)


def test_the_price_of_a_part_shows_where_parts_differ(room: Room) -> None:
    room.tariffs.sell_tiers = [tier(2, 5_000, by_delivered=True), tier(1, PRICE)]
    (message_id,) = room.accept(*_numbers(1), text=LONG)
    room.charging.run_once()
    room.submitting.run_once()
    view = _view(room, message_id)
    assert (view.price, [part.price for part in view.parts]) == (PRICE + 2 * 5_000, [PRICE, 5_000, 5_000])
    assert view.charged == PRICE, "the other parts are held"
    a, b, c = room.respond()
    room.ends.on_receipts([room.receipt(a, "undelivered"), room.receipt(b), room.receipt(c, "undelivered")])
    room.settling.run_once()
    assert room.billing.settled[message_id].outcomes == "udu"
    assert room.work(message_id).charged == PRICE + 5_000


def test_a_message_that_waits_for_money_has_no_price_yet(room: Room) -> None:
    (message_id,) = _held(room, *_numbers(1))
    assert _view(room, message_id).price is None


@pytest.mark.parametrize(("side", "code"), [("sell_tiers", "no_price"), ("buy_tiers", "no_buy_price")])
def test_a_place_in_the_month_for_which_there_is_no_row_is_refused_by_billing(room: Room, side: str, code: str) -> None:
    setattr(room.tariffs, side, [tier(1_000, 5_000)])
    (message_id,) = room.accept(*_numbers(1))
    room.charging.run_once()
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged, work.cost) == ("refused", code, 0, 0)


@pytest.mark.parametrize(("tariff_id", "code"), [("tariff", "no_price"), (None, "no_tariff")])
def test_where_the_tariff_says_nothing_billing_looks_for_a_price_of_a_package(
    room: Room, tariff_id: str | None, code: str
) -> None:
    room.tariffs.sell_tiers, room.tariffs.tariff_id = [], tariff_id
    (message_id,) = room.accept(*_numbers(1))
    room.charging.run_once()
    assert [item.message_id for item in room.billing.asked] == [message_id]
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged) == ("refused", code, 0)


def _view(room: Room, message_id: str):  # type: ignore[no-untyped-def]
    with room.db.begin() as connection:
        parts = repository_parts.of_messages(connection, [message_id])[message_id]
    return message_view(room.work(message_id), parts, link_up=True)
