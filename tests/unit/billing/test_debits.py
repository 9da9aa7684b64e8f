"""A batch is decided in order, exactly to the limit; a repeat is answered as at first."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.billing import DebitItem, DebitResult
from services.billing.debits import FUNDS, IDEMPOTENCY_MISMATCH, PARTNER_FUNDS, Answer, Debits, digest_of
from services.billing.ledger import ADVERTISER, PARTNER
from services.billing.purse import Pocket
from tests.unit.billing.examples import ADVERTISER_ID, PARTNER_ID, debits, item, message_id, purses


def test_items_are_paid_in_order_until_the_money_ends_and_a_cheaper_one_may_still_fit() -> None:
    batch = debits(Pocket("a", 250))
    answers = [batch.decide(one) for one in (item(1), item(2), item(3), item(4, sell_price=50), item(5, sell_price=1))]
    assert [answer.refusal for answer in answers] == [None, None, FUNDS, None, FUNDS]
    assert batch.purses[ADVERTISER_ID].available == 0


def test_nothing_is_taken_from_the_advertiser_when_the_partner_cannot_pay() -> None:
    batch = debits(Pocket("a", 1_000), partner_room=60)
    assert [batch.decide(item(1)).refusal, batch.decide(item(2)).refusal] == [None, PARTNER_FUNDS]
    assert batch.purses[ADVERTISER_ID].available == 900
    assert batch.purses[PARTNER_ID].wanted == 60


def test_nothing_is_taken_from_the_partner_when_the_advertiser_cannot_pay() -> None:
    batch = debits(Pocket("a", 99))
    assert batch.decide(item(1)).refusal == FUNDS
    assert not batch.purses[PARTNER_ID].changed
    assert batch.entries == []


def test_by_delivered_holds_each_side_by_its_own_rule() -> None:
    batch = debits(Pocket("a", 1_000))
    result = batch.decide(item(1, parts=2, by_delivered=True))
    assert (result.sell_amount, result.sell_held, result.buy_amount, result.buy_held) == (200, 200, 120, 0)
    assert [(entry.kind, entry.account_id, entry.amount) for entry in batch.entries] == [
        ("hold", ADVERTISER_ID, 200),
        ("debit", PARTNER_ID, 120),
    ]


def test_a_free_message_is_charged_without_any_money() -> None:
    batch = debits(partner_room=0)
    result = batch.decide(item(1, sell_price=0, buy_price=0))
    assert (result.refusal, result.charged, batch.entries, len(batch.charges)) == (None, True, [], 1)


def test_a_repeat_within_the_batch_gets_the_same_answer_and_takes_nothing_more() -> None:
    batch = debits(Pocket("a", 150))
    first, again = batch.decide(item(1)), batch.decide(item(1))
    refused, refused_again = batch.decide(item(2)), batch.decide(item(2))
    assert first == again
    assert refused == refused_again
    assert (len(batch.charges), len(batch.refusals), batch.purses[ADVERTISER_ID].available) == (1, 1, 50)


def test_a_refused_attempt_stays_refused_though_the_money_is_there_and_the_next_attempt_is_paid() -> None:
    refused = {(message_id(1), 1): Answer(digest_of(item(1)), FUNDS)}
    batch = Debits(purses(Pocket("a", 1_000)), {}, refused)
    assert batch.decide(item(1)).refusal == FUNDS
    assert batch.decide(item(1, attempt=2)).refusal is None
    assert batch.decide(item(1)).refusal == FUNDS
    assert batch.purses[ADVERTISER_ID].available == 900


def test_any_other_attempt_of_a_charged_message_is_answered_with_the_charge() -> None:
    batch = debits(Pocket("a", 1_000))
    first = batch.decide(item(1, attempt=2))
    late = batch.decide(item(1, attempt=1))
    assert late == replace(first, attempt=1)
    assert batch.purses[ADVERTISER_ID].available == 900


def test_other_contents_are_refused_alone_and_tell_what_was_taken() -> None:
    batch = debits(Pocket("a", 1_000))
    batch.decide(item(1, by_delivered=True))
    other = batch.decide(item(1, by_delivered=True, parts=2))
    assert (other.refusal, other.charged, other.sell_amount, other.sell_held) == (IDEMPOTENCY_MISMATCH, True, 100, 100)
    assert batch.decide(item(2)).refusal is None


def test_other_contents_of_a_refused_attempt_tell_that_nothing_was_taken() -> None:
    batch = debits(Pocket("a", 0))
    batch.decide(item(1))
    other = batch.decide(item(1, parts=2))
    assert (other.refusal, other.charged, other.sell_amount) == (IDEMPOTENCY_MISMATCH, False, 0)


def test_a_repeat_is_told_by_what_is_sent_and_not_by_its_price() -> None:
    changes = (
        {"advertiser_id": message_id(7)},
        {"partner_id": message_id(7)},
        {"parts": 2},
        {"mcc": "401"},
        {"mnc": "1"},
        {"sms_type": "service"},
    )
    digests = {digest_of(item(1)), *(digest_of(item(1, **change)) for change in changes)}
    assert len(digests) == 1 + len(changes)
    quoted = {"sell_price": 1, "buy_price": 1, "by_delivered": True, "buy_by_delivered": True, "sell_tiers": []}
    assert digest_of(item(1, attempt=5, **quoted)) == digest_of(item(1))


def test_a_repeat_at_another_price_gets_the_first_answer() -> None:
    batch = debits(Pocket("a", 1_000))
    first = batch.decide(item(1))
    assert batch.decide(item(1, sell_price=70, by_delivered=True)) == first
    assert batch.purses[ADVERTISER_ID].available == 900


def test_an_advertiser_has_no_money_for_messages_of_another_partner() -> None:
    batch = debits(Pocket("a", 1_000))
    batch.purses[ADVERTISER_ID].partner_id = message_id(9)
    assert batch.decide(item(1)).refusal == FUNDS
    assert not batch.purses[ADVERTISER_ID].changed


def test_an_account_of_the_other_kind_never_pays() -> None:
    batch = debits(Pocket("a", 1_000))
    batch.purses[ADVERTISER_ID].kind = PARTNER
    assert batch.decide(item(1)).refusal == FUNDS
    batch = debits(Pocket("a", 1_000))
    batch.purses[PARTNER_ID].kind = ADVERTISER
    assert batch.decide(item(1)).refusal == PARTNER_FUNDS


items = st.builds(
    item,
    st.integers(1, 8),
    attempt=st.integers(1, 3),
    parts=st.integers(1, 4),
    sell_price=st.sampled_from([0, 1, 40, 100]),
    buy_price=st.sampled_from([0, 1, 30, 90]),
    by_delivered=st.booleans(),
    buy_by_delivered=st.booleans(),
)


@settings(deadline=None)
@given(
    batch=st.lists(items, max_size=40), rooms=st.lists(st.integers(0, 500), max_size=4), bought=st.integers(0, 1_500)
)
def test_any_batch_takes_what_it_answers_and_never_more_than_there_is(
    batch: list[DebitItem], rooms: list[int], bought: int
) -> None:
    decided = debits(*(Pocket(str(index), room) for index, room in enumerate(rooms)), partner_room=bought)
    answers = [decided.decide(one) for one in batch]
    advertiser, partner = decided.purses[ADVERTISER_ID], decided.purses[PARTNER_ID]
    paid = {answer.message_id: answer for answer in answers if answer.refusal is None}
    assert advertiser.spent + advertiser.held == sum(answer.sell_amount for answer in paid.values())
    assert partner.spent + partner.held == sum(answer.buy_amount for answer in paid.values())
    assert advertiser.available == sum(rooms) - advertiser.spent - advertiser.held >= 0
    assert partner.available == bought - partner.spent - partner.held >= 0
    assert sorted(paid) == sorted(charge.item.message_id for charge in decided.charges)
    for purse in (advertiser, partner):
        assert (
            sum(one.amount for one in decided.entries if one.account_id == purse.account_id) == purse.spent + purse.held
        )
    again = [decided.decide(one) for one in batch]
    assert [first_answer(answer) for answer in again] == [first_answer(answer) for answer in answers]


def first_answer(answer: DebitResult) -> DebitResult:
    """Without what a mismatch tells of a charge: that is the charge of now, and may come later than the mismatch."""
    if answer.refusal != IDEMPOTENCY_MISMATCH:
        return answer
    return replace(answer, sell_amount=0, buy_amount=0, sell_held=0, buy_held=0, charged=False)
