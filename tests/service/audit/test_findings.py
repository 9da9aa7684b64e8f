"""`golub audit` finds each kind of disagreement that is planted, and nothing where all is well."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from golub.audit import checks
from kit.settings import load
from tests.service.audit.world import Way, World

WAYS = {
    "delivered": Way("delivered"),
    "long": Way("delivered", parts=3),
    "undelivered": Way("undelivered"),
    "rejected": Way("rejected", settled=(0, 0, 1)),
    "held for delivery": Way("submitted", by_delivered=True),
    "paid on delivery": Way("delivered", by_delivered=True, settled=(1, 0, 0)),
    "not delivered": Way("expired", by_delivered=True, settled=(0, 1, 0)),
    "submitted": Way("submitted"),
    "by volume": Way("submitted", parts=3, tiers=True),
    "ended by volume": Way("undelivered", parts=3, tiers=True, settled=(1, 2, 0)),
    "accepted": Way("accepted", charge=False),
    "held": Way("held", charge=False),
    "refused": Way("refused", charge=False),
    "given back": Way("refused", settled=(0, 0, 1)),
}


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(checks, "CATCH_UP_SECONDS", 0.05)


@pytest.fixture
def world(service_database: Callable[[str], str]) -> World:
    return World({service: service_database(service) for service in ("billing", "smpp_gateway", "stats")})


@pytest.fixture
def messages(world: World) -> dict[str, str]:
    """Ids of messages that have gone every way there is, and are not moving."""
    ids = {name: world.send(way) for name, way in WAYS.items()}
    # What was accepted would be on its way; a comparison of sums needs rest.
    world.do("smpp_gateway", "UPDATE message SET due_at = NULL WHERE state = 'accepted'")
    world.do(
        "smpp_gateway", "UPDATE message SET state = 'held', reason = 'funds', due_at = now() WHERE state = 'accepted'"
    )
    world.do("stats", "UPDATE totals SET messages = 2, parts = 2 WHERE state = 'held'")
    world.do("stats", "DELETE FROM totals WHERE state = 'accepted'")
    return ids


@pytest.fixture(scope="module")
def spoiled(module_database: Callable[[str], str]) -> World:
    """One for all tests that spoil a message of their own and look for it alone."""
    return World({service: module_database(service) for service in ("billing", "smpp_gateway", "stats")})


def found(world: World) -> set[tuple[str, str]]:
    return {(one.check, one.subject) for one in world.audit().findings}


def test_nothing_is_found_where_all_agrees(world: World, messages: dict[str, str]) -> None:
    report = world.audit()
    assert report.findings == []
    assert report.notes == []
    assert (report.messages, report.charges) == (len(WAYS), len(WAYS) - 3)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("delivered", "charged = charged + 1"),
        ("delivered", "cost = 0"),
        ("delivered", "sell_amount = 99"),
        ("delivered", "buy_amount = buy_amount + 1"),
        ("delivered", "sell_held = sell_amount"),
        ("by volume", "sell_held = 0, charged = sell_amount"),
        ("ended by volume", "charged = sell_amount"),
        ("delivered", "partner_id = advertiser_id"),
        ("long", "parts = 2"),
        ("delivered", "state = 'accepted', due_at = now()"),
        ("delivered", "state = 'held', due_at = now()"),
        ("delivered", "state = 'refused'"),
        ("held", "state = 'submitted'"),
        ("refused", "charged = 5"),
        ("held for delivery", "state = 'delivered', due_at = NULL, final_at = now()"),
        ("held for delivery", "state = 'delivered', due_at = now(), final_at = now() - interval '1 hour'"),
        ("paid on delivery", "state = 'submitted', due_at = now()"),
        ("delivered", "state = 'rejected'"),
    ],
)
def test_a_message_that_contradicts_its_charge_is_found(spoiled: World, name: str, change: str) -> None:
    message_id = spoiled.send(WAYS[name])
    assert spoiled.do("smpp_gateway", f"UPDATE message SET {change} WHERE id = :id", id=message_id) == 1
    assert ("charge", message_id) in found(spoiled)


def test_a_charge_without_a_message_is_found(spoiled: World) -> None:
    message_id = spoiled.send(WAYS["delivered"])
    spoiled.do("smpp_gateway", "DELETE FROM message WHERE id = :id", id=message_id)
    assert ("charge", message_id) in found(spoiled)


def test_what_is_on_its_way_is_no_finding(world: World, messages: dict[str, str]) -> None:
    """Charged a moment ago, with the answer not written yet; ended a moment ago, with the money not settled yet."""
    world.do(
        "smpp_gateway",
        "UPDATE message SET state = 'accepted', due_at = now(), sell_amount = NULL, buy_amount = NULL, charged = 0, cost = 0 "
        "WHERE id = :id",
        id=messages["long"],
    )
    world.do("billing", "UPDATE charge SET created_at = now() WHERE message_id = :id", id=messages["long"])
    world.do(
        "smpp_gateway",
        "UPDATE message SET state = 'delivered', due_at = now(), final_at = now() WHERE id = :id",
        id=messages["held for delivery"],
    )
    world.do(
        "smpp_gateway", "UPDATE part SET state = 'delivered' WHERE message_id = :id", id=messages["held for delivery"]
    )
    report = world.audit()
    assert report.findings == []
    [note] = report.notes
    assert "2 messages are being worked on" in note


def test_a_message_that_nothing_will_look_at_again_is_found(spoiled: World) -> None:
    message_id = spoiled.send(WAYS["submitted"])
    spoiled.do("smpp_gateway", "UPDATE message SET due_at = NULL WHERE id = :id", id=message_id)
    assert ("smpp_gateway.forgotten", message_id) in found(spoiled)


def test_a_delivered_message_with_a_part_that_is_not_is_found(world: World, messages: dict[str, str]) -> None:
    world.do(
        "smpp_gateway", "UPDATE part SET state = 'expired' WHERE message_id = :id AND number = 2", id=messages["long"]
    )
    assert found(world) == {("smpp_gateway.parts", messages["long"])}


def test_a_held_message_that_no_money_would_wake_is_found(spoiled: World) -> None:
    message_id = spoiled.send(WAYS["held"])
    spoiled.do("smpp_gateway", "DELETE FROM funds_wait")
    assert ("smpp_gateway.waiting", message_id) in found(spoiled)


@pytest.mark.parametrize("change", ["part_prices[1] = part_prices[1] + 1", "sell_held = sell_amount + 1", "cost = -1"])
def test_amounts_of_a_message_that_contradict_each_other_are_found(spoiled: World, change: str) -> None:
    message_id = spoiled.send(WAYS["by volume"])
    spoiled.do("smpp_gateway", f"UPDATE message SET {change} WHERE id = :id", id=message_id)
    assert ("smpp_gateway.amounts", message_id) in found(spoiled)


def test_an_old_hold_is_explained_by_its_message_or_found(spoiled: World) -> None:
    waits, forgotten, ended = (
        spoiled.send(Way(state, by_delivered=True, days_ago=8)) for state in ("submitted", "submitted", "expired")
    )
    young = spoiled.send(Way("submitted", by_delivered=True, days_ago=2))
    spoiled.do("smpp_gateway", "UPDATE message SET due_at = NULL WHERE id = :id", id=forgotten)
    report = spoiled.audit()
    holds = {one.subject: one.detail for one in report.findings if one.check == "hold"}
    assert {forgotten, ended} <= holds.keys()
    assert not {waits, young} & holds.keys()
    assert "nothing will look at the message again" in holds[forgotten]
    [told] = [note for note in report.notes if waits in note]
    assert "100 and 60 held since" in told
    assert "the message is submitted, to be looked at from" in told
    assert not any(young in note for note in report.notes)
    assert not any(one.check == "billing.old_hold" for one in report.findings)


def test_statistics_that_differ_are_found(world: World, messages: dict[str, str]) -> None:
    for change in ("messages = messages + 1", "charged = charged - 1", "cost = 0", "sender = 'OTHER'"):
        world.do("stats", f"UPDATE totals SET {change} WHERE state = 'delivered'")
        report = world.audit()
        assert {one.check for one in report.findings} == {"statistics"}
        assert all("messages say" in one.detail for one in report.findings)


def test_what_billing_finds_in_its_own_books_is_told(spoiled: World) -> None:
    spoiled.send(WAYS["delivered"])
    spoiled.do("billing", "UPDATE account SET spent = spent + 1 WHERE id = :id", id=spoiled.advertiser)
    assert ("billing.account_entries", spoiled.advertiser) in found(spoiled)


def test_events_that_wait_too_long_are_found(spoiled: World) -> None:
    statement = (
        "INSERT INTO outbox (id, source, name, envelope) VALUES (CAST(:id AS uuid), 'smpp_gateway', 'anything', '{}')"
    )
    spoiled.do("smpp_gateway", statement, id=spoiled.send(WAYS["delivered"]))
    assert ("outbox", "smpp_gateway") in found(spoiled)


def test_the_number_of_findings_is_bounded(spoiled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MOST_FINDINGS_PER_CHECK", 3)
    for _ in range(5):
        spoiled.send(WAYS["delivered"])
    spoiled.do("smpp_gateway", "UPDATE message SET charged = 1")
    findings = [one for one in spoiled.audit().findings if one.check == "charge"]
    assert len(findings) == 3


def test_the_command_prints_a_line_per_finding_and_fails(
    world: World, messages: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from golub.audit import run

    monkeypatch.setattr("golub.audit.databases.SERVICES", tuple(world.urls))
    settings = load({"DATABASE_URL": "unused"})
    settings.database_urls.update(world.urls)
    assert run(settings) == 0
    assert capsys.readouterr().out.endswith("nothing found\n")
    world.do("smpp_gateway", "UPDATE message SET due_at = NULL WHERE id = :id", id=messages["submitted"])
    assert run(settings) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first == f"smpp_gateway.forgotten {messages['submitted']}: is submitted, and nothing will look at it again"
    assert last.endswith("1 findings")


def test_the_command_tells_prometheus_what_it_found(
    world: World, messages: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from golub.audit import run

    monkeypatch.setattr("golub.audit.databases.SERVICES", tuple(world.urls))
    settings = load({"DATABASE_URL": "unused"})
    settings.database_urls.update(world.urls)
    world.do("smpp_gateway", "UPDATE message SET due_at = NULL WHERE id = :id", id=messages["submitted"])
    before = time.time()
    assert run(settings, str(tmp_path / "golub.prom")) == 1
    lines = dict(line.rsplit(" ", 1) for line in (tmp_path / "golub.prom").read_text().splitlines() if line[0] != "#")
    assert lines['golub_audit_findings{service="platform"}'] == "1.0"
    assert float(lines['golub_audit_last_run_timestamp_seconds{service="platform"}']) >= before


def test_a_folder_without_a_database_is_told_in_one_sentence(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    from golub.audit import run

    assert run(load({"GOLUB_VAR": f"{tmp_path}/nothing"})) == 1
    assert capsys.readouterr().err.startswith("There is no database under ")
