from datetime import timedelta

import pytest

from services.smpp_gateway.following import aged, ended, follow, given_up, pause
from tests.unit.smpp_gateway.samples import NOW, Limits, part, parts, work

LIMITS = Limits()


@pytest.mark.parametrize("state", ["delivered", "refused", "unknown", "expired"])
def test_a_final_message_follows_nothing_any_more(state: str) -> None:
    assert follow(work(state=state), parts("undelivered"), LIMITS, NOW) is None


def test_a_message_waits_while_a_part_is_being_submitted() -> None:
    assert follow(work(parts=2), parts("submitting", "submitted"), LIMITS, NOW) is None


def test_a_message_without_rows_for_its_parts_stays() -> None:
    assert follow(work(parts=2, state="charged"), parts("submitted"), LIMITS, NOW) is None


def test_a_part_that_waits_sends_the_message_back_to_charged() -> None:
    after = follow(work(parts=2), parts("waiting", "submitted"), LIMITS, NOW)
    assert after is not None
    assert (after.state, after.due_at) == ("charged", NOW + timedelta(seconds=1))


def test_a_message_that_waits_already_is_not_postponed_by_another_part() -> None:
    assert follow(work(parts=2, state="charged"), parts("waiting", "delivered"), LIMITS, NOW) is None


def test_a_submitted_message_is_due_when_the_first_of_its_parts_is() -> None:
    after = follow(work(parts=2), parts("unresolved", "submitted"), LIMITS, NOW)
    assert after is not None
    assert (after.state, after.due_at, after.submitted_at) == ("submitted", NOW + LIMITS.unresolved, NOW)


def test_a_receipt_of_one_part_does_not_write_the_message() -> None:
    submitted = work(parts=2, state="submitted", due_at=NOW + timedelta(minutes=59), submitted_at=NOW)
    assert follow(submitted, parts("delivered", "submitted"), LIMITS, NOW) is None


def test_a_message_whose_time_had_come_gets_a_new_one() -> None:
    submitted = work(parts=2, state="submitted", due_at=NOW + timedelta(seconds=30), submitted_at=NOW)
    after = follow(submitted, parts("lost", "submitted"), LIMITS, NOW, looked_at=True)
    assert after is not None
    assert (after.state, after.due_at) == ("submitted", NOW + LIMITS.receipt_timeout)


def test_an_ended_message_keeps_due_at_only_for_its_money() -> None:
    assert ended(work(), "delivered", ["delivered"], NOW).due_at is None
    assert ended(work(sell_held=1), "delivered", ["delivered"], NOW).due_at == NOW
    assert ended(work(buy_held=1), "delivered", ["delivered"], NOW).due_at == NOW
    assert ended(work(), "rejected", ["rejected"], NOW).due_at == NOW


def test_what_the_operator_never_took_was_not_submitted() -> None:
    assert ended(work(parts=2), "undelivered", ["rejected", "unsent"], NOW).submitted_at is None
    assert ended(work(), "delivered", ["delivered"], NOW).submitted_at == NOW


def test_a_message_given_up_gets_its_money_back() -> None:
    after = given_up(work(state="charged"), NOW)
    assert (after.state, after.reason, after.due_at) == ("expired", "held_too_long", NOW)


@pytest.mark.parametrize(
    ("state", "patience", "later"),
    [
        ("submitting", LIMITS.response_grace, "unresolved"),
        ("unresolved", LIMITS.unresolved, "lost"),
        ("submitted", LIMITS.receipt_timeout, "unknown"),
    ],
)
def test_a_part_stays_in_a_state_for_its_time(state: str, patience: timedelta, later: str) -> None:
    assert aged(part(state, age=patience - timedelta(seconds=1)), LIMITS, NOW) is None
    assert aged(part(state, age=patience), LIMITS, NOW) == later


@pytest.mark.parametrize("state", ["waiting", "delivered", "lost", "unsent"])
def test_other_parts_do_not_age(state: str) -> None:
    assert aged(part(state, age=timedelta(days=30)), LIMITS, NOW) is None


def test_the_pause_between_submissions_doubles_up_to_its_limit() -> None:
    pauses = [pause(work(submits=count), LIMITS).total_seconds() for count in (0, 1, 2, 3, 7, 8, 1_000_000)]
    assert pauses == [1, 1, 2, 4, 60, 60, 60]
