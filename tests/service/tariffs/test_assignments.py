"""Who is priced by what on a real database: the default, the subject's own, and the history of both."""

import pytest
import sqlalchemy as sa

from contracts.errors import Malformed
from contracts.tariffs import OPERATOR_OWNER, Tariff, TariffsClient
from kit.clock import FixedClock
from kit.database import Transactions
from services.tariffs.assignment_repository import MOST_HISTORY_LINES
from tests.service.tariffs.conftest import NewClient
from tests.unit.tariffs.books import ADVERTISER, item, row


@pytest.fixture
def db(module_db: Transactions) -> Transactions:
    return module_db


@pytest.fixture
def dear(client: TariffsClient, partner: str) -> Tariff:
    return client.save_tariff(partner, name="dear", rows=[row(price=9)])


@pytest.fixture
def cheap(client: TariffsClient, partner: str) -> Tariff:
    return client.save_tariff(partner, name="cheap", rows=[row(price=1)])


def priced_by(client: TariffsClient, partner: str, subject: str = ADVERTISER) -> str | None:
    """The tariff of the quote, which `assigned` must name too."""
    (quote,) = client.quote([item(partner_id=partner, advertiser_id=subject)])
    told = client.assigned(partner, subject)
    assert quote.tariff_id == (told and told.id)
    return quote.tariff_id


def test_the_default_prices_whoever_has_no_tariff_of_its_own(
    new_client: NewClient, partner: str, dear: Tariff, cheap: Tariff
) -> None:
    writer, replicas = new_client(), [new_client(), new_client()]
    assert [priced_by(one, partner) for one in replicas] == [None, None]
    writer.set_default(partner, dear.id, author="manager")
    assert [priced_by(one, partner) for one in replicas] == [dear.id, dear.id]
    writer.assign(partner, tariff_id=cheap.id, subject_id=ADVERTISER, author="manager")
    assert [priced_by(one, partner) for one in replicas] == [cheap.id, cheap.id]
    assert [priced_by(one, partner, "another") for one in replicas] == [dear.id, dear.id]
    writer.assign(partner, tariff_id=None, subject_id=ADVERTISER, author="manager")
    writer.set_default(partner, cheap.id, author="manager")
    assert [priced_by(one, partner) for one in replicas] == [cheap.id, cheap.id]
    writer.set_default(partner, None, author="manager")
    assert [priced_by(one, partner) for one in replicas] == [None, None]


def test_the_operators_default_is_what_partners_buy_by(client: TariffsClient, partner: str, dear: Tariff) -> None:
    client.set_default(partner, dear.id, author="manager")
    bought = client.save_tariff(OPERATOR_OWNER, name="wholesale", rows=[row(price=4)])
    client.set_default(OPERATOR_OWNER, bought.id, author="operator")
    (quote,) = client.quote([item(partner_id=partner)])
    assert (quote.sell_price, quote.buy_price, quote.refusal) == (9, 4, None)
    client.set_default(partner, None, author="manager")
    (quote,) = client.quote([item(partner_id=partner)])
    assert (quote.sell_tiers, quote.buy_price, quote.refusal) == ([], 4, None)


def test_the_default_of_an_owner_prices_nobody_elses_subjects(
    client: TariffsClient, partner: str, dear: Tariff
) -> None:
    client.set_default(partner, dear.id, author="manager")
    assert priced_by(client, "another partner") is None


def test_a_tariff_tells_whether_it_is_the_default_and_how_many_it_prices(
    client: TariffsClient, partner: str, dear: Tariff, cheap: Tariff
) -> None:
    client.set_default(partner, dear.id, author="manager")
    for subject in ("a", "b", "c"):
        client.assign(partner, tariff_id=cheap.id, subject_id=subject, author="manager")
    client.assign(partner, tariff_id=dear.id, subject_id="c", author="manager")
    client.assign(partner, tariff_id=None, subject_id="b", author="manager")
    assert [(one.name, one.is_default, one.subjects) for one in client.list_tariffs(partner)] == [
        ("cheap", False, 1),
        ("dear", True, 1),
    ]


def test_the_history_tells_who_assigned_what_and_when_newest_first(
    client: TariffsClient, clock: FixedClock, partner: str, dear: Tariff, cheap: Tariff
) -> None:
    for author, tariff_id in (("anna", dear.id), ("boris", cheap.id), ("vera", None)):
        client.assign(partner, tariff_id=tariff_id, subject_id=ADVERTISER, author=author)
        clock.advance(60)
    client.delete_tariff(partner, dear.id)
    lines = client.assignments(partner, ADVERTISER)
    assert [(one.tariff_id, one.tariff_name, one.assigned_by, one.assigned_at) for one in lines] == [
        ("", "", "vera", "2026-11-22T09:17:00Z"),
        (cheap.id, "cheap", "boris", "2026-11-22T09:16:00Z"),
        (dear.id, "dear", "anna", "2026-11-22T09:15:00Z"),
    ]
    assert client.assignments("another", ADVERTISER) == []
    assert client.assignments(partner, "another") == []


def test_assigning_what_is_assigned_already_leaves_one_line(client: TariffsClient, partner: str, dear: Tariff) -> None:
    client.assign(partner, tariff_id=None, subject_id=ADVERTISER, author="manager")
    for _ in range(2):
        client.assign(partner, tariff_id=dear.id, subject_id=ADVERTISER, author="manager")
    assert len(client.assignments(partner, ADVERTISER)) == 1


def test_a_long_history_is_told_from_its_newest_end(
    client: TariffsClient, db: Transactions, partner: str, dear: Tariff
) -> None:
    older = (
        "INSERT INTO assignments (owner, subject_id, tariff_id, revision, assigned_at, assigned_by) "
        "SELECT :owner, :subject, :tariff, -number, now(), 'before' FROM generate_series(1, 250) AS number"
    )
    with db.begin() as connection:
        connection.execute(sa.text(older), {"owner": partner, "subject": ADVERTISER, "tariff": dear.id})
    client.assign(partner, tariff_id=None, subject_id=ADVERTISER, author="manager")
    lines = client.assignments(partner, ADVERTISER)
    assert (len(lines), lines[0].assigned_by) == (MOST_HISTORY_LINES, "manager")


@pytest.mark.parametrize(
    ("subject", "author", "pointer"),
    [("", "x", "/subject_id"), ("s" * 101, "x", "/subject_id"), ("s\0", "x", "/subject_id"), ("s", "", "/author")],
)
def test_an_assignment_names_whom_it_is_for_and_who_made_it(
    client: TariffsClient, partner: str, dear: Tariff, subject: str, author: str, pointer: str
) -> None:
    with pytest.raises(Malformed) as caught:
        client.assign(partner, tariff_id=dear.id, subject_id=subject, author=author)
    assert caught.value.data["errors"][0]["pointer"] == pointer
