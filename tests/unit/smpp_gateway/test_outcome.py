import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway.outcome import PART_FINAL, costs_nothing, message_state, outcomes, reason_of

STATES = sorted(PART_FINAL)


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        (["delivered"], "delivered"),
        (["delivered", "delivered"], "delivered"),
        (["rejected", "rejected"], "rejected"),
        (["delivered", "rejected"], "undelivered"),
        (["delivered", "undelivered"], "undelivered"),
        (["undelivered", "expired"], "undelivered"),
        (["delivered", "expired"], "expired"),
        (["delivered", "unsent"], "expired"),
        (["unsent", "lost"], "expired"),
        (["delivered", "unknown"], "unknown"),
        (["delivered", "lost"], "unknown"),
        (["unsent", "unsent"], "expired"),
    ],
)
def test_a_message_is_what_its_worst_part_makes_it(parts: list[str], state: str) -> None:
    assert message_state(parts, len(parts)) == state


@pytest.mark.parametrize("waiting", ["waiting", "submitting", "submitted", "unresolved"])
def test_a_message_is_not_final_while_a_part_is_on_its_way(waiting: str) -> None:
    assert message_state(["delivered", waiting], 2) is None


def test_a_message_is_not_final_while_a_part_has_no_row() -> None:
    assert message_state(["delivered"], 2) is None


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=10))
def test_every_combination_of_ended_parts_has_a_state_whatever_their_order(states: list[str]) -> None:
    state = message_state(states, len(states))
    assert state in {"delivered", "rejected", "undelivered", "expired", "unknown"}
    assert state == message_state(states[::-1], len(states))
    assert (state == "delivered") == (set(states) == {"delivered"})


@given(st.lists(st.sampled_from([*STATES, None]), min_size=1, max_size=10))
def test_a_settlement_has_the_letter_of_each_part_at_its_place(states: list[str | None]) -> None:
    """A part that has no row is None here."""
    rows = {number: state for number, state in enumerate(states, start=1) if state is not None}
    letters = outcomes(rows, len(states))
    assert len(letters) == len(states)
    for letter, state in zip(letters, states, strict=True):
        assert letter == (outcomes({1: state}, 1) if state else "x")


@pytest.mark.parametrize("state", ["rejected", "lost", "unsent"])
def test_what_the_operator_never_took_costs_nothing(state: str) -> None:
    assert outcomes({1: "delivered", 2: state}, 2) == "dx"
    assert costs_nothing(state)


@pytest.mark.parametrize("state", ["undelivered", "expired", "unknown"])
def test_what_the_operator_took_and_did_not_deliver_counts_as_undelivered(state: str) -> None:
    assert outcomes({1: state, 2: "delivered"}, 2) == "ud"
    assert not costs_nothing(state)


def test_a_part_that_was_never_given_to_the_operator_ends_so_wherever_it_stands() -> None:
    assert outcomes({2: "delivered"}, 3) == "xdx"
    assert outcomes({}, 2) == "xx"


@pytest.mark.parametrize(
    ("state", "parts", "reason"),
    [
        ("rejected", ["rejected"], "rejected_by_operator"),
        ("unknown", ["lost"], "submit_outcome_unknown"),
        ("unknown", ["unknown"], "no_receipt"),
        ("expired", ["unsent"], "held_too_long"),
        ("expired", ["expired"], None),
        ("delivered", ["delivered"], None),
    ],
)
def test_a_final_state_says_why(state: str, parts: list[str], reason: str | None) -> None:
    assert reason_of(state, parts) == reason
