"""The senders service on a real database, called through its typed client."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import eventlet
import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from contracts.accounts import TestModeEnded
from contracts.errors import Conflict, Malformed, NotFound
from contracts.events import Envelope
from contracts.senders import CheckItem, Policy, SendersClient
from contracts.smpp_gateway import TextsAbandoned
from kit.clock import FixedClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.ids import uuid7
from kit.outbox import OutboxWriter
from services.senders.service import SendersService

PARTNER, OTHER_PARTNER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
SHOP, BANK = str(uuid.UUID(int=0xAB)), str(uuid.UUID(int=0xCD))


@dataclass
class World:
    client: SendersClient
    clock: FixedClock
    db: Transactions
    service: Any

    def hear(self, payload: TextsAbandoned | TestModeEnded) -> None:
        """The same event twice."""
        envelope = Envelope(id=str(uuid7()), name="", version=1, occurred_at="", data={})
        for _ in range(2):
            if isinstance(payload, TextsAbandoned):
                self.service.texts_abandoned(envelope, payload)
            else:
                self.service.test_mode_ended(envelope, payload)

    def refusals(self, *senders: str, advertiser: str = SHOP) -> list[str | None]:
        items = [CheckItem(advertiser_id=advertiser, sender=sender) for sender in senders]
        return [result.refusal for result in self.client.check(items)]

    def request(self, name: str = "SHOP", advertiser: str = SHOP) -> Any:
        self.clock.advance(1)
        return self.client.request(PARTNER, advertiser, name=name)

    def decide(self, sender_id: str, approve: bool, reason: str = "") -> Any:
        return self.client.decide(PARTNER, sender_id, approve=approve, reason=reason, author="boss")

    def events(self) -> list[tuple[str, str]]:
        with self.db.begin() as connection:
            rows = connection.execute(
                text("SELECT envelope -> 'data' -> 'items' -> 0 FROM outbox WHERE name = 'senders_decided' ORDER BY id")
            )
            return [(row[0]["name"], row[0]["state"]) for row in rows]


@pytest.fixture(scope="module")
def database(module_database: Callable[[str], str]) -> Any:
    url = module_database("senders")
    yield Transactions(engine_for(url))
    dispose_engine(url)


@pytest.fixture
def world(database: Transactions) -> World:
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE decisions DISABLE TRIGGER decisions_are_kept"))
        tables = ("outbox", "inbox", "registrations", "decisions", "names", "policies", "partner_settings")
        tables += ("text_rules", "waiting_texts", "text_decisions")
        connection.execute(text("; ".join(f"DELETE FROM {table}" for table in tables)))
        connection.execute(text("ALTER TABLE decisions ENABLE TRIGGER decisions_are_kept"))
    clock = FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    service = worker_factory(SendersService, db=database, outbox=OutboxWriter(), clock=clock)

    def call(_service: str, method: str, arguments: dict[str, Any], _timeout_seconds: float) -> Any:
        return json.loads(json.dumps(getattr(service, method)(**json.loads(json.dumps(arguments)))))

    return World(SendersClient(call), clock, database, service)


def test_every_answer_has_its_reason(world: World) -> None:
    approved, refused = world.request("GOOD"), world.request("BAD")
    world.request("WAITS")
    world.decide(approved.id, True)
    world.decide(refused.id, False, "the name of a bank")
    asked = ["GOOD", "BAD", "WAITS", "NEVER", "", "x" * 12, "good", "a\x00b"]
    assert world.refusals(*asked) == [
        None,
        "sender_refused",
        "sender_pending",
        "sender_unknown",
        "sender_missing",
        "sender_invalid",
        "sender_unknown",
        "sender_invalid",
    ]


def test_a_name_approved_for_one_advertiser_is_unknown_for_another(world: World) -> None:
    world.decide(world.request().id, True)
    assert world.refusals("SHOP", advertiser=BANK) == ["sender_unknown"]


def test_with_any_sender_every_name_that_can_be_sent_may_be_used(world: World) -> None:
    world.client.set_policy(PARTNER, SHOP, any_sender=True, automatic=False)
    assert world.refusals("ANYTHING", "7495", "", "слово") == [None, None, "sender_missing", "sender_invalid"]
    world.client.set_policy(PARTNER, SHOP, any_sender=False, automatic=False)
    assert world.refusals("ANYTHING") == ["sender_unknown"]


def test_a_policy_is_read_back_as_it_was_set_and_by_its_partner_alone(world: World) -> None:
    assert world.client.policy(PARTNER, SHOP) is None
    for any_sender, automatic in ((True, False), (False, True), (False, True), (False, False)):
        world.client.set_policy(PARTNER, SHOP, any_sender=any_sender, automatic=automatic)
        assert world.client.policy(PARTNER, SHOP) == Policy(any_sender=any_sender, automatic=automatic)
    assert world.client.policy(OTHER_PARTNER, SHOP) is None
    with pytest.raises(NotFound):
        world.client.policy(PARTNER, "shop")


def test_the_first_request_of_an_advertiser_sets_the_strictest_policy(world: World) -> None:
    world.request()
    assert world.client.policy(PARTNER, SHOP) == Policy(any_sender=False, automatic=False)


def test_a_refused_name_stays_refused_with_any_sender(world: World) -> None:
    world.decide(world.request("BANK").id, False, "not yours")
    world.client.set_policy(PARTNER, SHOP, any_sender=True, automatic=False)
    assert world.refusals("BANK", "OTHER") == ["sender_refused", None]


def test_a_batch_is_answered_in_order_by_one_query(world: World) -> None:
    world.decide(world.request("S1").id, True)
    statements: list[str] = []
    event.listen(world.db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    items = [
        CheckItem(advertiser_id=(SHOP, BANK.upper())[number % 2], sender=f"S{number % 7}") for number in range(1000)
    ]
    results = world.client.check(items)
    assert len(statements) == 1
    assert [(one.advertiser_id, one.sender) for one in results] == [(one.advertiser_id, one.sender) for one in items]
    assert {one.sender for one in results if one.refusal is None} == {"S1"}
    assert {one.advertiser_id for one in results if one.refusal is None} == {SHOP}


def test_a_batch_without_a_single_possible_name_asks_nobody(world: World) -> None:
    assert world.client.check([]) == []
    assert world.refusals("", "x" * 12) == ["sender_missing", "sender_invalid"]


def test_too_large_a_batch_and_an_id_that_is_none_are_malformed(world: World) -> None:
    with pytest.raises(Malformed):
        world.refusals(*["S"] * 1001)
    with pytest.raises(Malformed):
        world.refusals("S", advertiser="shop")


def test_asking_again_gives_the_stored_name(world: World) -> None:
    first = world.request()
    assert (first.state, first.decided_at, first.requested_at) == ("pending", None, "2026-11-22T09:00:01Z")
    assert world.request() == first
    decided = world.decide(first.id, False, "too general")
    assert world.request() == decided


def test_asking_at_once_makes_one_name(world: World) -> None:
    made = [eventlet.spawn(world.client.request, PARTNER, SHOP, name="SHOP") for _ in range(8)]
    assert len({thread.wait().id for thread in made}) == 1


@pytest.mark.parametrize(("any_sender", "automatic"), [(False, True), (True, False)])
def test_a_policy_that_lets_names_through_approves_at_once(world: World, any_sender: bool, automatic: bool) -> None:
    world.client.set_policy(PARTNER, SHOP, any_sender=any_sender, automatic=automatic)
    made = world.request()
    assert (made.state, made.decided_by, made.decided_at) == ("approved", "policy", made.requested_at)
    assert world.events() == [("SHOP", "approved")]
    assert world.client.pending(PARTNER) == []


@pytest.mark.parametrize(
    ("name", "code"), [("", "name_missing"), ("x" * 12, "name_invalid"), ("Магазин", "name_invalid")]
)
def test_a_name_that_cannot_be_is_not_asked_for(world: World, name: str, code: str) -> None:
    with pytest.raises(Malformed) as error:
        world.request(name)
    assert [(one["pointer"], one["code"]) for one in error.value.data["errors"]] == [("/name", code)]
    assert world.client.of_advertiser(PARTNER, SHOP) == []


def test_the_number_of_names_is_bounded(world: World) -> None:
    world.request()
    with world.db.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO names SELECT gen_random_uuid(), partner_id, advertiser_id, 'N' || n, 'pending', '', now() "
                "FROM names, generate_series(1, 999) n"
            )
        )
    with pytest.raises(Conflict):
        world.request("MORE")
    assert world.request().name == "SHOP"


def test_a_decision_can_be_made_again_and_its_history_is_kept(world: World) -> None:
    made = world.request()
    refused = world.decide(made.id, False, "  too general ")
    assert (refused.state, refused.reason, refused.decided_by) == ("refused", "too general", "boss")
    world.clock.advance(60)
    approved = world.decide(made.id, True)
    assert (approved.state, approved.reason, approved.decided_at) == ("approved", "", "2026-11-22T09:01:01Z")
    assert world.events() == [("SHOP", "refused"), ("SHOP", "approved")]
    with world.db.begin() as connection:
        rows = connection.execute(text("SELECT state, reason, author FROM decisions ORDER BY id"))
        assert [tuple(row) for row in rows] == [("refused", "too general", "boss"), ("approved", "", "boss")]


@pytest.mark.parametrize(
    "statement", ["UPDATE decisions SET reason = ''", "DELETE FROM decisions", "TRUNCATE decisions"]
)
def test_the_history_cannot_be_rewritten(world: World, statement: str) -> None:
    world.decide(world.request().id, True)
    with pytest.raises(DBAPIError, match="only added to"), world.db.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("approve", "reason", "author", "code"),
    [
        (False, "", "boss", "reason_missing"),
        (False, " \n", "boss", "reason_missing"),
        (True, "", "", "author_missing"),
        (False, "a\x00b", "boss", "text_invalid"),
        (False, "x" * 501, "boss", "text_invalid"),
    ],
)
def test_a_refusal_has_a_reason_and_a_decision_an_author(
    world: World, approve: bool, reason: str, author: str, code: str
) -> None:
    made = world.request()
    with pytest.raises(Malformed) as error:
        world.client.decide(PARTNER, made.id, approve=approve, reason=reason, author=author)
    assert error.value.data["errors"][0]["code"] == code
    assert world.client.of_advertiser(PARTNER, SHOP) == [made]


def test_what_waits_is_listed_oldest_first(world: World) -> None:
    made = [world.request(name, advertiser) for name, advertiser in (("B", SHOP), ("A", BANK), ("C", SHOP))]
    world.decide(made[1].id, True)
    assert [one.name for one in world.client.pending(PARTNER)] == ["B", "C"]
    assert [one.name for one in world.client.of_advertiser(PARTNER, SHOP)] == ["C", "B"]


def test_another_partner_sees_and_changes_nothing(world: World) -> None:
    made = world.request()
    client = world.client
    for attempt in (
        lambda: client.decide(OTHER_PARTNER, made.id, approve=True, reason="", author="thief"),
        lambda: client.set_policy(OTHER_PARTNER, SHOP, any_sender=True, automatic=True),
        lambda: client.request(OTHER_PARTNER, SHOP, name="MINE"),
        lambda: client.decide(PARTNER, "no id", approve=True, reason="", author="boss"),
        lambda: client.pending("no id"),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert client.pending(OTHER_PARTNER) == client.of_advertiser(OTHER_PARTNER, SHOP) == []
    assert world.refusals("SHOP", "MINE") == ["sender_pending", "sender_unknown"]
    assert world.events() == []
