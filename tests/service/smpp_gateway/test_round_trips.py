"""The stages ask the database seldom, and what another transaction did meanwhile is seen all the same."""

import re
from datetime import UTC

import eventlet

from kit.connection import MARK
from services.smpp_gateway import planning, repository, repository_parts
from services.smpp_gateway.arrays import MOST_BOUNDED, bounds, plain
from services.smpp_gateway.receipt import parse_receipt
from tests.service.smpp_gateway.rooms import NOW, PRICE, Room
from tests.service.smpp_gateway.statements import round_trips

NUMBERS = ("79030000001", "79030000002")


def _submitted(room: Room) -> list[str]:
    ids = room.accept(*NUMBERS)
    room.charging.run_once()
    room.submitting.run_once()
    return ids


def test_each_stage_makes_few_round_trips(room: Room) -> None:
    room.tariffs.by_delivered = True
    room.accept(*NUMBERS)
    room.charging.run_once()
    with round_trips() as submitting:
        room.submitting.run_once()
    with round_trips() as responding:
        smsc_ids = room.respond()
    with round_trips() as ending:
        room.ends.on_receipts([room.receipt(one) for one in smsc_ids])
    with round_trips() as settling:
        room.settling.run_once()
    assert list(map(len, (submitting, responding, ending, settling))) == [1, 2, 3, 2]
    assert room.totals() == {"delivered": (2, 2 * PRICE)}


def test_a_receipt_that_came_before_the_response_ends_the_message_with_it(room: Room) -> None:
    ids = _submitted(room)
    room.ends.on_receipts([room.receipt("smsc1")])
    assert room.count("early_receipt") == 1
    room.respond()
    assert room.states(ids) == ["submitted", "delivered"] and room.count("early_receipt") == 0
    assert room.totals() == {"submitted": (1, PRICE), "delivered": (1, PRICE)}


def test_of_an_early_receipt_of_another_link_a_response_makes_nothing(room: Room) -> None:
    ids = _submitted(room)
    room.ends.on_receipts([room.receipt("smsc0")])
    with room.db.begin() as connection:
        connection.exec_driver_sql("UPDATE early_receipt SET link = 'other'")
    room.respond()
    assert room.states(ids) == ["submitted"] * 2 and room.count("early_receipt") == 1


def test_who_waited_for_the_lock_of_a_message_goes_by_what_its_holder_made_of_it(room: Room) -> None:
    ids = _submitted(room)
    smsc_ids = room.respond()
    with room.db.begin() as connection:
        locked = repository.lock(connection, ids[:1])
        again = eventlet.spawn(room.ends.on_receipts, [room.receipt(one, "undelivered") for one in smsc_ids])
        eventlet.sleep(0.2)
        (keys,) = repository_parts.match(connection, "main", smsc_ids[:1], ids[0], ids[0]).values()
        pdu = room.receipt(smsc_ids[0])
        receipt = parse_receipt(pdu, UTC, "either")
        assert receipt is not None
        ending = room.ends._ending(pdu, receipt, NOW)
        room.ends.follow(connection, locked, room.ends.end(connection, {keys[0]: ending}, NOW), NOW)
    again.wait()
    assert room.states(ids) == ["delivered", "undelivered"]
    assert room.totals() == {"delivered": (1, PRICE), "undelivered": (1, PRICE)}


def test_what_is_claimed_to_be_settled_is_claimed_by_nobody_else_meanwhile(room: Room) -> None:
    ids = _submitted(room)
    room.respond(status=0x0B)
    room.restart()
    room.clock.advance(31)
    other, claims = room.settling, []
    settle = room.billing.settle

    def meanwhile(items):  # type: ignore[no-untyped-def]
        room.billing.settle = settle  # type: ignore[method-assign]
        claims.append(other.run_once())
        claims.append([item.message_id for item in items])
        return settle(items)

    room.billing.settle = meanwhile  # type: ignore[method-assign]
    room.settling.run_once()
    assert claims == [False, sorted(ids)]
    assert [room.work(one).charged for one in ids] == [0, 0]


def test_receipts_are_looked_up_by_their_ids_though_nothing_is_known_of_the_tables(room: Room) -> None:
    """Before the first ANALYZE of a month the primary key looked cheaper to the planner: all that is younger, for each batch."""
    with room.db.begin() as connection:
        connection.exec_driver_sql(planning._SETTINGS)
        connection.exec_driver_sql(
            "INSERT INTO part (message_id, number, attempt, link, recipient, state, smsc_message_id, changed_at) "
            "SELECT CAST(%(prefix)s || lpad(n::text, 23, '0') AS uuid), 1, 1, 'main', '', 'submitted', 's' || n, now() "
            "FROM generate_series(1, 20000) AS n",
            {"prefix": repository.id_bounds(room.clock.now())["youngest"].replace("-", "")[:9]},
        )
        statement = repository_parts._MATCH.text.removeprefix(MARK)
        for place, name in enumerate(("ids", "link", "since"), 1):
            statement = statement.replace(f":{name}", f"${place}")
        plan = "\n".join(connection.exec_driver_sql("EXPLAIN (GENERIC_PLAN) " + statement).scalars())
    assert "smsc_message_id_idx" in plan and "pkey" not in plan


def test_small_batches_are_read_in_the_partitions_of_their_months_alone(room: Room) -> None:
    """Of whichever size, nobody is left out: neither the first nor the last, nor one of another month."""
    room.clock.advance(86_400 * 20)
    with room.db.begin() as connection:
        repository.make_partitions(connection, "message", room.clock.now())
    younger = room.accept(*NUMBERS)
    room.clock.advance(-86_400 * 20)
    older = room.accept(*[f"790300001{n:02d}" for n in range(25)])
    for ids in ([*older[:3], *younger], [*older, *younger], older[:1], younger[1:]):
        with room.db.begin() as connection:
            assert sorted(repository.lock(connection, ids)) == sorted(ids)
            asked = {"ids": plain(ids)} | bounds(ids)
            statement = repository._LOCK.text.removeprefix(MARK)
            for place, name in enumerate(asked, 1):
                statement = statement.replace(f":{name} ", f"${place} ")
            connection.exec_driver_sql(planning._SETTINGS + "; SET LOCAL plan_cache_mode = force_generic_plan")
            connection.exec_driver_sql(f"PREPARE locking AS {statement}")
            values = ", ".join(f"'{value}'" for value in asked.values())
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN EXECUTE locking ({values})").scalars())
            connection.exec_driver_sql("DEALLOCATE locking")
        months = {ids[0] in older, ids[-1] in older}
        assert len(re.findall(r" on message_\d{4}_\d\d ", plan)) == len(months) or len(ids) > MOST_BOUNDED
