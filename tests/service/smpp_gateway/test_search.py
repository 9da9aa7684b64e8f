"""What people look for is found, and no search reads without bound."""

from datetime import timedelta

import pytest
from sqlalchemy import event, text

from contracts.errors import Malformed
from contracts.smpp_gateway import AcceptItem, AcceptOrder
from contracts.smpp_search import MessageMatch
from kit.clock import to_rfc3339
from services.smpp_gateway import repository, repository_search, searching
from services.smpp_gateway.planning import plan_by_indexes
from services.smpp_gateway.searching import Page
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room

OTHER = "018f0000-0000-7000-8000-0000000000cc"


def _page(room: Room, search: str = "", *, before: str | None = None, limit: int = 50, owner: str = ADVERTISER) -> Page:
    with room.db.begin() as connection:
        return searching.page(connection, owner, before=before, limit=limit, search=search)


def _found(room: Room, search: str, **options: str) -> list[str]:
    return [work.id for work in _page(room, search, **options).works]  # type: ignore[arg-type]


def test_messages_come_newest_first_page_by_page(room: Room) -> None:
    ids = room.accept(*[f"7903000000{n}" for n in range(5)])
    first = _page(room, limit=2)
    second = _page(room, limit=2, before=first.next_cursor)
    third = _page(room, limit=2, before=second.next_cursor)
    assert [work.id for page in (first, second, third) for work in page.works] == ids[::-1]
    assert third.next_cursor is None


@pytest.mark.parametrize("search", ["79030000002", "+7 903 000-00-02", "8 903 0000002", "9030000002", "  79030000002 "])
def test_a_whole_number_is_found_however_it_is_written(room: Room, search: str) -> None:
    ids = room.accept("79030000001", "79030000002", "79030000003")
    assert _found(room, search) == [ids[1]]


def test_a_client_ref_is_found_whole(room: Room) -> None:
    order = AcceptOrder(partner_id=OTHER, advertiser_id=ADVERTISER, source="http")
    items = [AcceptItem(recipient="79030000001", sender="GOLUB", text="x", client_ref=ref) for ref in ("a-1", "a-2")]
    _, second = room.intake.accept(order, items)
    assert _found(room, "a-2") == [second.id]
    assert _found(room, "a-") == []


def test_a_piece_of_a_number_is_found(room: Room) -> None:
    ids = room.accept("79031230001", "79030000002", "79164561230")
    assert _found(room, "123") == [ids[2], ids[0]]


def test_a_piece_of_a_number_is_looked_for_in_bounded_steps(room: Room) -> None:
    ids = room.accept("79031230001", *[f"790300000{n:02d}" for n in range(20)])
    with room.db.begin() as connection:
        found, behind = repository_search.matching(
            connection, ADVERTISER, {"piece": "123"}, before=None, limit=5, most=15
        )
        assert (found, behind) == ([], ids[6])
        found, behind = repository_search.matching(
            connection, ADVERTISER, {"piece": "123"}, before=behind, limit=5, most=15
        )
    assert ([work.id for work in found], behind) == ([ids[0]], None)


def test_nobody_finds_anothers_messages(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    assert (
        _found(room, "79030000001", owner=OTHER)
        == _found(room, "00", owner=OTHER)
        == _found(room, "", owner=OTHER)
        == []
    )
    with room.db.begin() as connection:
        assert repository_search.find(connection, OTHER, message_id) is None


@pytest.mark.parametrize("search", ["%", "_", "\x00", "\ud800", "'", "\\", "{a,b}", "1" * 500, "٣٤"])
def test_signs_of_any_kind_are_no_pattern_and_break_nothing(room: Room, search: str) -> None:
    room.accept("79030000001")
    assert _found(room, search) == ([] if search not in ("\x00", "\ud800") else _found(room, ""))


def test_a_refused_record_with_odd_signs_is_found_by_them(room: Room) -> None:
    (message_id,) = room.accept('a,"b"\\{c}')
    assert _found(room, 'a,"b"\\{c}') == [message_id]


def test_what_waits_is_counted_up_to_a_bound(room: Room) -> None:
    room.accept(*[f"7903000000{n}" for n in range(5)])
    with room.db.begin() as connection:
        assert repository.waiting(connection, "accepted", 3) == 3
        assert repository.waiting(connection, "accepted", 100) == 5
        assert repository.waiting(connection, "charged", 100) == 0


def test_no_query_of_the_path_reads_a_whole_table(room: Room) -> None:
    """With statistics of an empty table, as a young month has them, and some thousand rows."""
    with room.db.begin() as connection:
        connection.execute(text("ANALYZE message, part, message_term, early_receipt"))
    for batch in range(4):
        room.accept(*[f"7903{batch}{n:06d}" for n in range(500)])
    while room.charging.run_once():
        pass
    plans = _plans_of(room, lambda: _walk(room))
    assert len(plans) >= 8
    bad = {statement: plan for statement, plan in plans.items() if "Seq Scan" in plan or "Rows Removed by Join" in plan}
    assert not bad, "\n".join(f"{statement}\n{plan}" for statement, plan in bad.items())


def _walk(room: Room) -> None:
    room.submitting.run_once()
    ids = room.respond()
    room.ends.on_receipts([room.receipt(one) for one in ids])
    room.sweeping.claim_accepted()
    room.sweeping.overdue("main")
    room.billing.left = 0
    room.accept(*[f"7904{n:07d}" for n in range(20)])
    room.charging.run_once()
    room.waiting.end_waits()
    room.top_up(8_000)
    room.waiting.release()
    for search in ("", "79030000002", "123"):
        _page(room, search)


def _plans_of(room: Room, action) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """Each reading or changing statement that `action` makes on connections as the service has them, with its plan."""
    plans: dict[str, str] = {}
    engine = room.db.engine
    plan_by_indexes(engine)
    engine.dispose()

    def explain(connection, cursor, statement, parameters, context, many) -> None:  # type: ignore[no-untyped-def]
        if statement in plans or not statement.lstrip().startswith(("SELECT", "UPDATE")):
            return
        with cursor.connection.cursor() as asking:
            asking.execute("SAVEPOINT asking")
            asking.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + statement, parameters)
            plans[statement] = "\n".join(line for (line,) in asking.fetchall())
            asking.execute("ROLLBACK TO SAVEPOINT asking")

    event.listen(engine, "before_cursor_execute", explain)
    try:
        action()
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    return plans


def test_messages_are_found_by_all_that_they_are_asked_to_agree_with(room: Room) -> None:
    room.accept("79030000001")
    ours = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http", mailing="осень")
    items = [AcceptItem(recipient=f"7903000010{n}", sender="Shop", text=f"СКИДКА {n}0%") for n in range(4)]
    answers = room.intake.accept(ours, items)
    ids = [one.id for one in answers]
    assert _matched(room, text="скидка") == ids[::-1]
    assert _matched(room, text="скидка 2") == [ids[2]]
    assert _matched(room, text="%") == ids[::-1]
    assert _matched(room, sender="SHOP", mailing="осень") == ids[::-1]
    assert _matched(room, sender="sho") == []
    assert _matched(room, "79030000101", mailing="осень") == [ids[1]]
    assert _matched(room, "79030000101", mailing="весна") == []
    assert _matched(room, "0102", state=answers[2].state) == [ids[2]]
    assert _matched(room, state="delivered") == []


def test_a_period_bounds_what_is_found_and_a_cursor_goes_on_within_it(room: Room) -> None:
    (early,) = room.accept("79030000001")
    begins = room.clock.now() + timedelta(minutes=30)
    room.clock.advance(3600)
    ids = room.accept("79030000002", "79030000003", "79030000004")
    ends = room.clock.now() + timedelta(minutes=30)
    room.clock.advance(3600)
    (late,) = room.accept("79030000005")
    since, until = to_rfc3339(begins), to_rfc3339(ends)
    assert _matched(room, since=since) == [late, *ids[::-1]]
    assert _matched(room, until=until) == [*ids[::-1], early]
    assert _matched(room, since=since, until=until, limit=2) == [ids[2], ids[1]]
    assert _matched(room, since=since, until=until, before=ids[1]) == [ids[0]]
    assert _matched(room, "79030000005", until=until) == _matched(room, "79030000001", since=since) == []
    with pytest.raises(Malformed):
        searching.match_of(MessageMatch(since="yesterday"))


def _matched(room: Room, search: str = "", *, before: str | None = None, limit: int = 50, **match: str) -> list[str]:
    asked = searching.match_of(MessageMatch(**match))
    with room.db.begin() as connection:
        page = searching.page(connection, ADVERTISER, before=before, limit=limit, search=search, match=asked)
    return [work.id for work in page.works]
