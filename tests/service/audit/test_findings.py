"""`golub audit` finds each kind of disagreement that is planted, and nothing where all is well."""

from collections.abc import Callable

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
    world.do("smpp_gateway", "UPDATE message SET state = 'held', due_at = now() WHERE state = 'accepted'")
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
        ("delivered", "sell_price = 99"),
        ("delivered", "by_delivered = true"),
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
        "smpp_gateway", "UPDATE message SET state = 'accepted', due_at = now() WHERE id = :id", id=messages["long"]
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
    assert ("forgotten", message_id) in found(spoiled)


def test_a_delivered_message_with_a_part_that_is_not_is_found(world: World, messages: dict[str, str]) -> None:
    world.do(
        "smpp_gateway", "UPDATE part SET state = 'expired' WHERE message_id = :id AND number = 2", id=messages["long"]
    )
    assert found(world) == {("parts", messages["long"])}


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
    assert first == f"forgotten {messages['submitted']}: is submitted, and nothing will look at it again"
    assert last.endswith("1 findings")


def test_a_folder_without_a_database_is_told_in_one_sentence(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    from golub.audit import run

    assert run(load({"GOLUB_VAR": f"{tmp_path}/nothing"})) == 1
    assert capsys.readouterr().err.startswith("There is no database under ")
