"""The list of advertisers: pages, search in every field, by index."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from contracts.accounts_advertiser_lists import SORTS, AdvertiserQuery, AdvertisersChange
from contracts.errors import Malformed
from services.accounts import advertiser_lists, registration
from services.accounts import advertiser_lists_repository as repository
from services.accounts import advertisers as rules
from services.accounts.models import advertisers, users
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
    asked = advertiser_lists.asked(world.partner_id, AdvertiserQuery(search="фирма 123"))
    for query in (repository.page_query(asked, 0, 50), repository.count_query(asked)):
        statement = query.compile(world.db.engine, compile_kwargs={"literal_binds": True})
        with world.db.begin() as connection:
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}"))
        assert "advertisers_grams" in plan, plan
    assert world.client.list_advertisers(world.partner_id, search="Фирма 123").total == 11


@pytest.mark.parametrize("sort", SORTS)
def test_the_list_is_sorted_by_every_column_both_ways_and_pages_do_not_overlap(world: World, sort: str) -> None:
    for number, name in enumerate(("Ёлкин", "", "Ежов", "Жуков", "ежов")):
        values = {"name": name, "company": name, "promo_code": name, "contract_number": f"{number % 3}/1"}
        world.client.create_advertiser(
            world.partner_id,
            new_advertiser(f"u{number}", **values, email=f"{number % 2}@shop.ru", phone=f"7900{number}"),
        )
    world.sign_in("u3")
    seen = {}
    for descending in (False, True):
        query = AdvertiserQuery(sort=sort, descending=descending)
        pages = [world.client.find_advertisers(world.partner_id, query, page=page, page_size=2) for page in (1, 2, 3)]
        seen[descending] = [one.id for page in pages for one in page.items]
        assert {(page.total, page.more) for page in pages} == {(6, False)}
    assert len(set(seen[False])) == 6
    assert seen[True] == seen[False][::-1]


def test_sorting_by_name_takes_small_letters_and_yo_for_what_people_take_them_for(world: World) -> None:
    for number, name in enumerate(("Жуков", "ёлкин", "Ежов", "")):
        world.client.create_advertiser(world.partner_id, new_advertiser(f"u{number}", name=name))
    found = world.client.find_advertisers(world.partner_id, AdvertiserQuery(sort="name", descending=False)).items
    assert [one.name for one in found] == ["Ежов", "ёлкин", "Жуков", "", ""]


def test_each_filter_finds_its_own_advertisers_and_no_others(world: World) -> None:
    manager = world.add_manager("anna")
    made = {
        login: world.client.create_advertiser(world.partner_id, new_advertiser(login, **changes)).id
        for login, changes in {
            "tested": {},
            "free": {"test_mode": False},
            "hers": {"manager_id": manager, "company": "ООО «Пример»", "phone": "+7 916 123-45-67"},
        }.items()
    }
    world.client.set_advertiser_state(world.partner_id, made["free"], "blocked")
    world.clock.advance(2 * 86_400)
    made["late"] = world.client.create_advertiser(world.partner_id, new_advertiser("late", name="client")).id
    day = "2026-11-23T00:00:00Z"
    first, everybody = world.advertiser_id, {world.advertiser_id, *made.values()}
    cases = [
        (AdvertiserQuery(state="blocked"), {made["free"]}),
        (AdvertiserQuery(state="active"), everybody - {made["free"]}),
        (AdvertiserQuery(test_mode=False), {made["free"]}),
        (AdvertiserQuery(manager_id=manager), {made["hers"]}),
        (AdvertiserQuery(manager_id="none"), everybody - {made["hers"]}),
        (AdvertiserQuery(registered_from=day), {made["late"]}),
        (AdvertiserQuery(registered_before=day), everybody - {made["late"]}),
        (AdvertiserQuery(search="client"), {first, made["late"]}),
        (AdvertiserQuery(search="client", field="name"), {made["late"]}),
        (AdvertiserQuery(search="client", field="company"), set()),
        (AdvertiserQuery(search="(916) 123-45", field="phone"), {made["hers"]}),
        (AdvertiserQuery(ids=[made["free"], world.other_advertiser_id, "no id"]), {made["free"]}),
        (AdvertiserQuery(ids=[]), set()),
        (AdvertiserQuery(state="active", test_mode=True, search="late"), {made["late"]}),
    ]
    for query, expected in cases:
        page = world.client.find_advertisers(world.partner_id, query)
        assert {one.id for one in page.items} == expected, query
        assert page.total == len(expected)
        assert {one.id for one in world.client.run_of_advertisers(world.partner_id, query).items} == expected


@pytest.mark.parametrize(
    "query",
    [
        AdvertiserQuery(field="password"),
        AdvertiserQuery(sort="balance"),
        AdvertiserQuery(state="gone"),
        AdvertiserQuery(manager_id="x"),
        AdvertiserQuery(registered_from="yesterday"),
        AdvertiserQuery(ids=["x"] * 10_001),
    ],
)
def test_what_can_not_be_asked_is_refused(world: World, query: AdvertiserQuery) -> None:
    with pytest.raises(Malformed):
        world.client.find_advertisers(world.partner_id, query)


def test_a_run_goes_over_everybody_once(world: World) -> None:
    made = [world.client.create_advertiser(world.partner_id, new_advertiser(f"u{number}")).id for number in range(6)]
    seen, cursor = [], None
    while True:
        run = world.client.run_of_advertisers(world.partner_id, AdvertiserQuery(), cursor=cursor, limit=3)
        seen += [one.id for one in run.items]
        cursor = run.next_cursor
        if cursor is None:
            break
    # All of them were registered at one moment: then ids say the order.
    assert sorted(seen) == sorted([world.advertiser_id, *made])
    assert len(seen) == 7
    for wrong in ("", "x y", "2026-11-22T09:00:00Z no"):
        with pytest.raises(Malformed):
            world.client.run_of_advertisers(world.partner_id, AdvertiserQuery(), cursor=wrong)


def test_a_change_of_many_says_whom_it_changed_and_whom_not_and_why(world: World) -> None:
    second = world.client.create_advertiser(world.partner_id, new_advertiser("second")).id
    blocked = world.client.create_advertiser(world.partner_id, new_advertiser("blocked")).id
    world.client.set_advertiser_state(world.partner_id, blocked, "blocked")
    world.sign_in("second")
    ids = [second, blocked, world.other_advertiser_id, "no id", second]
    done = world.client.change_advertisers(world.partner_id, AdvertisersChange(action="block"), author="boss", ids=ids)
    assert done.changed_ids == [second]
    assert {(one.id, one.login, one.why) for one in done.unchanged} == {
        (blocked, "blocked", "already"),
        (world.other_advertiser_id, "", "absent"),
        ("no id", "", "absent"),
    }
    assert done.unchanged_count == 3
    assert world.client.advertiser(world.other_partner_id, world.other_advertiser_id).state == "active"
    assert world.query("SELECT count(*) FROM sessions WHERE ended_at IS NULL")[0][0] == 0
    assert [second] in world.events()


def test_all_of_a_filter_are_changed_at_once(world: World) -> None:
    manager = world.add_manager("anna")
    for number in range(4):
        world.client.create_advertiser(world.partner_id, new_advertiser(f"mass{number}"))
    query = AdvertiserQuery(search="mass")
    for change in (AdvertisersChange(action="let_out"), AdvertisersChange(action="assign_manager", manager_id=manager)):
        done = world.client.change_advertisers(world.partner_id, change, author="boss", query=query)
        assert (len(done.changed_ids), done.unchanged) == (4, [])
    found = world.client.find_advertisers(world.partner_id, query).items
    assert {(one.test_mode, one.manager_id, one.manager_name, one.version, one.changed_by) for one in found} == {
        (False, manager, "anna", 2, "boss")
    }
    assert world.client.advertiser(world.partner_id, world.advertiser_id).test_mode
    told = world.query("SELECT envelope -> 'data' -> 'advertiser_ids' FROM outbox WHERE name = 'test_mode_ended'")
    assert [sorted(row[0]) for row in told] == [sorted(one.id for one in found)]


@pytest.mark.parametrize("changes", [{"ids": []}, {"ids": ["x"] * 1_001}, {}])
def test_a_change_of_nobody_or_of_too_many_is_refused(world: World, changes: dict) -> None:
    with pytest.raises(Malformed):
        world.client.change_advertisers(world.partner_id, AdvertisersChange(action="block"), author="boss", **changes)


def test_a_change_of_many_takes_no_foreign_manager_and_no_unknown_action(world: World) -> None:
    foreign = world.add_manager("foreign", world.other_partner_id)
    for change in (
        AdvertisersChange(action="assign_manager", manager_id=foreign),
        AdvertisersChange(action="assign_manager", manager_id="no id"),
        AdvertisersChange(action="delete"),
    ):
        with pytest.raises(Malformed):
            world.client.change_advertisers(world.partner_id, change, author="boss", ids=[world.advertiser_id])
    assert [one.name for one in world.client.manager_choices(world.other_partner_id)] == ["foreign"]
    assert world.client.manager_choices(world.partner_id) == []


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
