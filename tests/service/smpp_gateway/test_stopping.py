"""STOP: whoever wrote it gets no more advertising of whom it was meant for, and nothing else is held back."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from contracts.smpp_gateway import AcceptItem, AcceptOrder
from kit.database import Transactions, dispose_engine, engine_for
from services.smpp_gateway import repository_numbers, repository_stop
from tests.service.smpp_gateway.rooms import ADVERTISER, NOW, PARTNER, Room
from tests.service.smpp_gateway.test_clients import OTHER
from tests.service.smpp_gateway.test_incoming import PERSON, TABLES, _rows, _stored, _write


@pytest.fixture(scope="module")
def url(module_database: Callable[[str], str]) -> Iterator[str]:
    url = module_database("smpp_gateway")
    yield url
    dispose_engine(url)


@pytest.fixture
def room(url: str) -> Room:
    made = Room(Transactions(engine_for(url)))
    with made.db.begin() as connection:
        connection.execute(text(f"TRUNCATE {TABLES}, outbox, message, message_term, part CASCADE"))
        repository_numbers.put(connection, "1234", PARTNER, "operator", NOW)
        repository_numbers.set_default(connection, "1234", ADVERTISER, "partner", NOW)
        repository_numbers.set_keyword(connection, "1234", "shop", OTHER, "partner", NOW)
    return made


def _listed(room: Room) -> set[tuple[str, str, str]]:
    return set(_rows(room, "SELECT advertiser_id::text, recipient, reason FROM stop_list"))  # type: ignore[arg-type]


def _send(room: Room, sms_type: str = "advertising", advertiser: str = ADVERTISER) -> str | None:
    order = AcceptOrder(partner_id=PARTNER, advertiser_id=advertiser, source="http")
    (accepted,) = room.intake.accept(order, [AcceptItem(recipient=PERSON, sender="GOLUB", text="x", sms_type=sms_type)])
    room.charging.run_once()
    return room.work(accepted.id, advertiser).reason


def test_a_stop_refuses_advertising_of_that_advertiser_before_it_is_priced(room: Room) -> None:
    _write(room, "Стоп!")
    assert _listed(room) == {(ADVERTISER, PERSON, "word")}
    assert _stored(room) == [("Стоп!", ADVERTISER, "", "stop")]
    before = room.billing.left
    assert _send(room) == "recipient_stopped"
    assert room.billing.left == before
    assert _send(room, advertiser=OTHER) is None


@pytest.mark.parametrize("sms_type", ["service", "transactional"])
def test_what_is_no_advertising_goes_on(room: Room, sms_type: str) -> None:
    _write(room, "STOP")
    assert _send(room, sms_type) is None


def test_a_stop_after_a_keyword_is_for_the_keywords_advertiser(room: Room) -> None:
    _write(room, "shop stop")
    assert _listed(room) == {(OTHER, PERSON, "word")}


def test_a_stop_to_nobodys_number_is_for_who_wrote_last_within_thirty_days(room: Room) -> None:
    room.accept(PERSON, advertiser=OTHER)
    room.clock.advance(60)
    room.accept(PERSON)
    room.clock.advance(60)
    room.accept("79030000002", advertiser=OTHER)
    _write(room, "STOP", number="777")
    assert _listed(room) == {(ADVERTISER, PERSON, "word")}
    room.clock.advance(31 * 86_400)
    _write(room, "UNSUBSCRIBE", number="777", sender="79030000002")
    assert len(_listed(room)) == 1
    assert [one[1] for one in _stored(room)] == [ADVERTISER, None]


def test_start_takes_off_what_a_word_put_on_and_not_what_the_advertiser_did(room: Room) -> None:
    with room.db.begin() as connection:
        repository_stop.add(connection, {(ADVERTISER, "79030000002")}, "manual", "anna", NOW)
    _write(room, "СТОП")
    _write(room, "START")
    _write(room, "START", sender="79030000002")
    assert _listed(room) == {(ADVERTISER, "79030000002", "manual")}
    assert _send(room) is None


def test_the_last_word_of_a_batch_holds(room: Room) -> None:
    _write(room, "СТОП", "START", "ОТПИСКА")
    assert _listed(room) == {(ADVERTISER, PERSON, "word")}
    _write(room, "СТАРТ", "СТАРТ")
    assert _listed(room) == set()
