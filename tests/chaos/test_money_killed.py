"""A process of billing dies at each of its commits and at each of the relay's; whoever called repeats the call.

What a story leaves after a death is compared, row for row, with what it leaves when nobody dies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from golub.audit.checks import Databases
from services.billing import audit
from tests.chaos.money_lives import KILLED, Lives, as_json, new_office
from tests.chaos.money_points import billing_points, kit_points, transactions_without_point
from tests.chaos.money_relay import TABLES
from tests.chaos.money_rows import Ledger, plain
from tests.chaos.money_stories import STORIES, new_cast
from tests.service.billing.office import NOW, Office, message

SIDES = ("before_commit", "after_commit")
#: Each story dies on both sides of its commit.
MONEY = [(name, f"billing.{story.point or name}.{side}") for name, story in STORIES.items() for side in SIDES]
#: How often the one listener hears of each event when the process dies there; it acts on it once.
RELAY: dict[str, int | None] = {
    "relay.leasing": 1,
    "relay.leased": 1,
    "relay.postponing": 1,
    "relay.postponed": 1,
    "relay.published": 2,
    "relay.deleting": 2,
    "relay.deleted": 1,
    # Some of the events, as the death comes while they are being handled.
    "listener.before_commit": None,
    "listener.after_commit": None,
}
#: Transactions that move no money and put no event out, or only read: a death there leaves nothing half done.
WITHOUT_POINT = {
    *("bank_payment", "bank_payment_page", "payment_page", "promo_code", "promo_code_page"),
    *("balances", "bank_payments", "entries", "estimate", "forecast", "invoice", "invoice_images", "invoices"),
    *("packages", "payments", "promo_codes", "promo_uses", "providers", "seller", "unpaid_advertisers"),
    *("close_days", "make_partitions", "mark_package_paid", "switch_promo_code", "zones_changed"),
    # They look between their commits, which have points of their own.
    *("import_statement", "match_statements"),
}


@dataclass(slots=True, frozen=True)
class Undisturbed:
    """What a story leaves and answers when nobody dies."""

    rows: list[str]
    answer: str


@pytest.fixture(scope="module")
def lives() -> Iterator[Lives]:
    made = Lives()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def url(module_database: Callable[[str], str]) -> str:
    return module_database("billing")


@pytest.fixture(scope="module")
def shared_office(url: str) -> Iterator[Office]:
    made = new_office(url)
    yield made
    made.engine.dispose()


@pytest.fixture
def office(shared_office: Office) -> Office:
    shared_office.clock.moment = NOW
    return shared_office


@pytest.fixture(scope="module")
def undisturbed(shared_office: Office) -> Callable[[str], Undisturbed]:
    @cache
    def play(name: str) -> Undisturbed:
        office, cast, story = shared_office, new_cast(), STORIES[name]
        ledger = Ledger(office)
        story.prepare(office, cast)
        # A life begins at this moment too.
        office.clock.moment = NOW
        answer = plain(as_json(story.act(office, cast)), cast)
        office.clock.moment = NOW
        return Undisturbed(ledger.rows(cast), answer)

    return play


@pytest.mark.parametrize(("name", "point"), MONEY, ids=[f"{point} of {name}" for name, point in MONEY])
def test_a_call_that_dies_at_its_commit_and_is_repeated_is_done_once(
    name: str, point: str, office: Office, lives: Lives, url: str, undisturbed: Callable[[str], Undisturbed]
) -> None:
    expected, cast, story = undisturbed(name), new_cast(), STORIES[name]
    ledger = Ledger(office)
    story.prepare(office, cast)
    prepared = ledger.rows(cast)
    assert lives.live(name, url, cast, point).status == KILLED
    if story.alone:
        assert ledger.rows(cast) == (prepared if point.endswith("before_commit") else expected.rows)
    again = lives.live(name, url, cast)
    assert again.status == 0
    assert ledger.rows(cast) == expected.rows
    if story.same_answer:
        assert [plain(one, cast) for one in again.told] == [expected.answer] * 2
    assert _findings(url, office) == []


def _findings(url: str, office: Office) -> list[audit.Finding]:
    """As `golub audit` reads billing, and at the moment of the story."""
    with Databases({"billing": url}).reading("billing") as connection:
        return audit.audit(connection, office.clock.now())


@pytest.fixture(scope="module")
def relay_url(module_database: Callable[[str], str]) -> str:
    made = module_database("billing")
    office = new_office(made)
    office.do(TABLES)
    office.engine.dispose()
    return made


@pytest.mark.parametrize("point", RELAY)
def test_events_of_money_arrive_although_the_relay_or_its_listener_dies_and_count_once(
    point: str, relay_url: str, lives: Lives
) -> None:
    office = new_office(relay_url)
    office.do("DELETE FROM arrival; DELETE FROM effect")
    partner = office.partner()
    advertiser = office.advertiser(partner, 1_000)
    office.client.set_level(partner, advertiser, level=950)
    office.debit(message(advertiser, partner))
    put = sorted(office.rows("SELECT CAST(id AS text) FROM outbox"))
    assert len(put) == 3
    assert lives.live("relay", relay_url, {}, point).status == KILLED
    # What was leased or postponed is due again, as it is after a while.
    office.do("UPDATE outbox SET available_at = now()")
    assert lives.live("relay", relay_url, {}).status == 0
    assert office.rows("SELECT FROM outbox") == []
    assert sorted(office.rows("SELECT event_id FROM effect")) == put
    arrivals = sorted(office.rows("SELECT event_id FROM arrival"))
    assert set(arrivals) == set(put)
    times = RELAY[point]
    assert len(arrivals) > len(put) if times is None else arrivals == sorted(put * times)
    assert _findings(relay_url, office) == []
    office.engine.dispose()


def test_every_commit_of_money_and_of_the_relay_has_its_case() -> None:
    tried = {point for _, point in MONEY}
    assert tried == billing_points()
    assert {point for point in RELAY if point.startswith("relay.")} == kit_points()


def test_every_other_transaction_of_billing_reads_or_moves_no_money() -> None:
    assert transactions_without_point() == WITHOUT_POINT
