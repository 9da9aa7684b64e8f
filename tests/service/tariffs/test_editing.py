"""Rows, copies, names and deletion of tariffs on a real database; owners apart, changes at once."""

from collections.abc import Callable

import eventlet
import pytest

from contracts.errors import Conflict, Malformed, NotFound
from contracts.tariffs import Tariff, TariffsClient
from kit.clock import FixedClock, SystemClock
from kit.database import Transactions
from services.tariffs import editing
from services.tariffs.numbering import known_directions
from services.tariffs.pricing import MOST_TIERS
from tests.service.tariffs.conftest import NewClient
from tests.unit.tariffs.books import ADVERTISER, item, row


@pytest.fixture
def db(module_db: Transactions) -> Transactions:
    return module_db


@pytest.fixture
def tariff(client: TariffsClient, partner: str) -> Tariff:
    return client.save_tariff(partner, name="tarif1", rows=[row(price=1), row(price=2, from_nth=1_000)])


def drop_row(client: TariffsClient, owner: str, tariff_id: str, from_nth: int) -> Tariff:
    return client.drop_row(owner, tariff_id=tariff_id, mcc="250", mnc="", sms_type="", from_nth=from_nth)


def test_a_row_is_added_or_changed_by_its_direction_type_and_start(
    client: TariffsClient, partner: str, tariff: Tariff
) -> None:
    added = client.put_row(partner, tariff_id=tariff.id, row=row(sms_type="service", price=3))
    assert added.rows == [row(price=1), row(price=2, from_nth=1_000), row(sms_type="service", price=3)]
    changed = client.put_row(partner, tariff_id=tariff.id, row=row(price=9, from_nth=1_000, by_delivered=True))
    assert changed.rows[1] == row(price=9, from_nth=1_000, by_delivered=True)
    assert len(changed.rows) == 3
    assert client.list_tariffs(partner) == [changed]


def test_a_row_is_dropped_by_its_whole_key(client: TariffsClient, partner: str, tariff: Tariff) -> None:
    assert drop_row(client, partner, tariff.id, 1_000).rows == [row(price=1)]
    with pytest.raises(NotFound):
        drop_row(client, partner, tariff.id, 1_000)
    assert drop_row(client, partner, tariff.id, 1).rows == []


def test_a_bad_row_changes_nothing(client: TariffsClient, partner: str, tariff: Tariff) -> None:
    for bad, pointer in ((row(price=-1), "/rows/0/price"), (row(from_nth=0), "/rows/0/from_nth")):
        with pytest.raises(Malformed) as caught:
            client.put_row(partner, tariff_id=tariff.id, row=bad)
        assert caught.value.data["errors"][0]["pointer"] == pointer
    assert client.tariff(partner, tariff.id) == tariff


def test_a_row_too_many_changes_nothing(client: TariffsClient, partner: str) -> None:
    full = client.save_tariff(partner, name="full", rows=[row(from_nth=one) for one in range(1, MOST_TIERS + 1)])
    with pytest.raises(Malformed):
        client.put_row(partner, tariff_id=full.id, row=row(from_nth=500))
    assert client.tariff(partner, full.id) == full


def test_quotes_tell_the_tiers_as_they_were_saved(client: TariffsClient, partner: str, tariff: Tariff) -> None:
    client.set_default(partner, tariff.id, author="manager")
    client.save_tariff("operator", name=f"of {partner}", rows=[row(price=5)])
    bought = next(one for one in client.list_tariffs("operator") if one.name == f"of {partner}")
    client.assign("operator", tariff_id=bought.id, subject_id=partner, author="operator")
    (quote,) = client.quote([item(partner_id=partner)])
    assert quote.sell_tiers is not None
    assert [(one.from_nth, one.price, one.mcc, one.mnc, one.sms_type) for one in quote.sell_tiers] == [
        (1_000, 2, "250", "", ""),
        (1, 1, "250", "", ""),
    ]
    assert (quote.sell_price, quote.buy_price, quote.buy_tiers) == (1, 5, None)


def test_a_copy_has_the_rows_in_force_and_a_life_of_its_own(
    client: TariffsClient, clock: FixedClock, partner: str, tariff: Tariff
) -> None:
    client.set_default(partner, tariff.id, author="manager")
    clock.advance(60)
    copied = client.copy_tariff(partner, tariff_id=tariff.id, name=" tarif2 ")
    assert (copied.name, copied.rows, copied.is_default, copied.subjects) == ("tarif2", tariff.rows, False, 0)
    assert copied.versions == [copied.valid_from] == [copied.created_at]
    drop_row(client, partner, copied.id, 1)
    assert client.tariff(partner, tariff.id).rows == tariff.rows


def test_a_name_that_is_taken_is_refused_by_copies_and_new_names(
    client: TariffsClient, partner: str, tariff: Tariff
) -> None:
    client.save_tariff(partner, name="taken", rows=[])
    with pytest.raises(Conflict):
        client.copy_tariff(partner, tariff_id=tariff.id, name="taken")
    for tariff_id in (tariff.id, None):
        with pytest.raises(Conflict) as caught:
            client.save_tariff(partner, name="taken", rows=[row(price=9)], tariff_id=tariff_id)
        assert [one["pointer"] for one in caught.value.data["errors"]] == ["/name"]
    with pytest.raises(Malformed):
        client.copy_tariff(partner, tariff_id=tariff.id, name=" ")
    assert client.tariff(partner, tariff.id) == tariff


def test_a_tariff_that_is_named_by_its_id_gets_the_new_name_and_rows(
    client: TariffsClient, partner: str, tariff: Tariff
) -> None:
    renamed = client.save_tariff(partner, name="tarif3", rows=[row(price=3)], tariff_id=tariff.id)
    assert (renamed.id, renamed.name, renamed.rows) == (tariff.id, "tarif3", [row(price=3)])
    assert client.list_tariffs(partner) == [renamed]
    assert client.save_tariff(partner, name="tarif1", rows=[]).id != tariff.id


def test_a_new_tariff_takes_the_rows_of_no_other_of_its_name(
    client: TariffsClient, partner: str, tariff: Tariff
) -> None:
    for start in (None, "2026-11-22T10:00:00Z"):
        with pytest.raises(Conflict):
            client.save_tariff(partner, name=" tarif1", rows=[row(price=9)], valid_from=start)
    assert client.list_tariffs(partner) == [tariff]


@pytest.mark.parametrize("start", [None, "2026-11-22T10:00:00Z"])
def test_making_a_tariff_twice_by_a_repeated_request_makes_one(
    client: TariffsClient, partner: str, start: str | None
) -> None:
    wanted = [row(price=2, mnc="99"), row(price=1)]
    first, again = (client.save_tariff(partner, name="new", rows=wanted, valid_from=start) for _ in range(2))
    assert client.list_tariffs(partner) == [first] == [again]


def test_a_table_that_was_opened_before_another_change_overwrites_nothing(
    client: TariffsClient, partner: str, tariff: Tariff
) -> None:
    later = "2026-11-22T10:00:00Z"
    changes = [
        lambda: client.put_row(partner, tariff_id=tariff.id, row=row(price=3, mnc="99")),
        lambda: drop_row(client, partner, tariff.id, 1_000),
        lambda: client.save_tariff(partner, name="tarif3", rows=tariff.rows, tariff_id=tariff.id),
        lambda: client.put_row(partner, tariff_id=tariff.id, row=row(price=3, mnc="01"), valid_from=later),
        lambda: client.drop_version(partner, tariff_id=tariff.id, valid_from=later),
    ]
    opened = tariff
    for change in changes:
        theirs = change()
        with pytest.raises(Conflict) as caught:
            client.save_tariff(partner, name="mine", rows=[row(price=9)], tariff_id=tariff.id, was=opened.revision)
        assert [one["code"] for one in caught.value.data["errors"]] == ["changed_meanwhile"]
        opened = client.tariff(partner, tariff.id)
        assert theirs.revision == opened.revision, "every answer tells the revision to go on from"
    mine = client.save_tariff(partner, name="mine", rows=[row(price=9)], tariff_id=tariff.id, was=opened.revision)
    assert (mine.name, mine.rows) == ("mine", [row(price=9)])


def test_a_table_that_is_sent_twice_is_no_change_by_somebody_else(
    client: TariffsClient, partner: str, tariff: Tariff
) -> None:
    rows = [row(price=9), row(price=1, mnc="99")]
    saved = [
        client.save_tariff(partner, name="tarif1", rows=rows, tariff_id=tariff.id, was=tariff.revision)
        for _ in range(2)
    ]
    assert saved[0] == saved[1]


def test_an_assignment_is_no_change_of_the_tariff(client: TariffsClient, partner: str, tariff: Tariff) -> None:
    client.assign(partner, tariff_id=tariff.id, subject_id=ADVERTISER, author="manager")
    client.set_default(partner, tariff.id, author="manager")
    client.save_tariff(partner, name="tarif1", rows=[row(price=9)], tariff_id=tariff.id, was=tariff.revision)


def test_a_deleted_tariff_is_gone_and_its_name_free(client: TariffsClient, partner: str, tariff: Tariff) -> None:
    client.delete_tariff(partner, tariff.id)
    assert client.list_tariffs(partner) == []
    for gone in (
        lambda: client.tariff(partner, tariff.id),
        lambda: client.delete_tariff(partner, tariff.id),
        lambda: client.save_tariff(partner, name="tarif1", rows=[], tariff_id=tariff.id),
        lambda: client.assign(partner, tariff_id=tariff.id, subject_id=ADVERTISER, author="manager"),
    ):
        with pytest.raises(NotFound):
            gone()
    assert client.save_tariff(partner, name="tarif1", rows=[]).id != tariff.id


def test_a_tariff_in_use_is_not_deleted(client: TariffsClient, partner: str, tariff: Tariff) -> None:
    client.assign(partner, tariff_id=tariff.id, subject_id=ADVERTISER, author="manager")
    with pytest.raises(Conflict) as caught:
        client.delete_tariff(partner, tariff.id)
    assert caught.value.data == {"subjects": 1, "is_default": False}
    client.assign(partner, tariff_id=None, subject_id=ADVERTISER, author="manager")
    client.set_default(partner, tariff.id, author="manager")
    with pytest.raises(Conflict):
        client.delete_tariff(partner, tariff.id)
    client.set_default(partner, None, author="manager")
    client.delete_tariff(partner, tariff.id)


def test_an_owner_has_a_bounded_number_of_tariffs(
    client: TariffsClient, partner: str, tariff: Tariff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "MOST_TARIFFS", 1)
    with pytest.raises(Conflict):
        client.save_tariff(partner, name="tarif2", rows=[])
    client.save_tariff(partner, name="tarif1", rows=[], tariff_id=tariff.id)


@pytest.mark.parametrize(
    "call",
    [
        lambda client, tariff_id: client.tariff("another", tariff_id),
        lambda client, tariff_id: client.save_tariff("another", name="mine", rows=[], tariff_id=tariff_id),
        lambda client, tariff_id: client.put_row("another", tariff_id=tariff_id, row=row(price=0)),
        lambda client, tariff_id: drop_row(client, "another", tariff_id, 1),
        lambda client, tariff_id: client.copy_tariff("another", tariff_id=tariff_id, name="mine"),
        lambda client, tariff_id: client.delete_tariff("another", tariff_id),
        lambda client, tariff_id: client.drop_version(
            "another", tariff_id=tariff_id, valid_from="2026-11-22T10:00:00Z"
        ),
        lambda client, tariff_id: client.assign("another", tariff_id=tariff_id, subject_id=ADVERTISER, author="x"),
        lambda client, tariff_id: client.set_default("another", tariff_id, author="x"),
    ],
    ids=["tariff", "save", "put_row", "drop_row", "copy", "delete", "drop_version", "assign", "set_default"],
)
def test_nobody_reaches_the_tariff_of_another_owner(
    client: TariffsClient, partner: str, tariff: Tariff, call: Callable[[TariffsClient, str], object]
) -> None:
    with pytest.raises(NotFound):
        call(client, tariff.id)
    assert client.list_tariffs("another") == []
    assert client.list_tariffs(partner) == [tariff]


def test_rows_put_at_once_by_several_processes_are_all_there(new_client: NewClient, partner: str) -> None:
    wanted = [row(one.mcc, one.mnc, price=index) for index, one in enumerate(known_directions()[:24])]
    tariff = new_client(clock=SystemClock()).save_tariff(partner, name="tarif1", rows=[])

    def put(number: int) -> None:
        writer = new_client(clock=SystemClock())
        for one in wanted[number::6]:
            writer.put_row(partner, tariff_id=tariff.id, row=one)

    pool = eventlet.GreenPool(6)
    for started in [pool.spawn(put, number) for number in range(6)]:
        started.wait()
    found = new_client(clock=SystemClock()).tariff(partner, tariff.id)
    assert found.rows == wanted
    assert len(found.versions) == 1 + len(wanted)
