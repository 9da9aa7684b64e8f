"""The list of advertisers: pages, search in every field, by index."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from contracts.errors import Malformed
from services.accounts import advertisers as rules
from services.accounts import advertisers_repository as repository
from services.accounts import registration
from services.accounts.models import advertisers, users
from services.accounts.search import needle_of
from tests.service.accounts.conftest import START, World, new_advertiser


def test_the_newest_stands_first_and_pages_do_not_overlap(world: World) -> None:
    made = [world.client.create_advertiser(world.partner_id, new_advertiser(f"user{number}")).id for number in range(5)]
    pages = [world.client.list_advertisers(world.partner_id, page=page, page_size=2) for page in (1, 2, 3, 4)]
    assert [one.id for page in pages for one in page.items] == [*reversed(made), world.advertiser_id]
    assert {page.total for page in pages} == {6}


@pytest.mark.parametrize(("page", "page_size"), [(0, 50), (1, 0), (1, 201), (-1, 50), (10**9, 50)])
def test_a_page_outside_the_bounds_is_refused(world: World, page: int, page_size: int) -> None:
    with pytest.raises(Malformed):
        world.client.list_advertisers(world.partner_id, page=page, page_size=page_size)


@pytest.mark.parametrize(
    "search",
    [
        "mebel",
        "MEB",
        "Семен",
        "СЕМЁНОВ",
        "анна с",
        "Ромаш",
        "«",
        "12/45",
        "@shop",
        "16123",
        "6",
        "p.ru",
        "  семенова   анна ",
    ],
)
def test_any_part_of_any_field_finds_an_advertiser(world: World, search: str) -> None:
    new = new_advertiser(
        "mebel-24",
        name="Семёнова Анна Семёновна",
        company="ООО «Ромашка»",
        contract_number="12/45-А",
        email="info@shop.ru",
        phone="+79161234567",
    )
    wanted = world.client.create_advertiser(world.partner_id, new)
    assert [one.id for one in world.client.list_advertisers(world.partner_id, search=search).items] == [wanted.id]


@pytest.mark.parametrize(
    "search", ["mebel-25", "clientOne", "%", "_", "\\", "x\x00y", "\ud800", "client\n17", "З" * 1000]
)
def test_what_stands_in_no_field_finds_nobody(world: World, search: str) -> None:
    assert world.client.list_advertisers(world.partner_id, search=search).total == 0


def test_search_never_shows_another_partners(world: World) -> None:
    assert world.client.list_advertisers(world.partner_id, search="client").total == 1
    assert world.client.list_advertisers(world.other_advertiser_id, search="client").total == 0


def test_search_over_many_advertisers_goes_by_index(world: World) -> None:
    fill(world, 2_000)
    needle = needle_of(world.partner_id, "фирма 123")
    for query in (
        repository.page_query(world.partner_id, needle, 0, 50),
        repository.count_query(world.partner_id, needle),
    ):
        statement = query.compile(world.db.engine, compile_kwargs={"literal_binds": True})
        with world.db.begin() as connection:
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}"))
        assert "advertisers_grams" in plan, plan
    assert world.client.list_advertisers(world.partner_id, search="Фирма 123").total == 11


def fill(world: World, count: int) -> None:
    """Many advertisers, made as the service makes them but written at once."""
    rows, people = [], []
    for number in range(count):
        now = START + timedelta(seconds=number)
        new = new_advertiser(f"login{number}", name=f"Иванов Пётр {number}", company=f"ООО «Фирма {number}»")
        row = rules.advertiser_row(world.partner_id, new, now)
        user = registration.user_row("advertiser", new.login, "-", new.zone, now)
        rows.append(row)
        people.append(user | {"partner_id": world.partner_id, "advertiser_id": row["id"]})
    with world.db.begin() as connection:
        connection.execute(advertisers.insert(), rows)
        connection.execute(users.insert(), people)
    with world.db.begin() as connection:
        connection.execute(text("ANALYZE advertisers, users"))
