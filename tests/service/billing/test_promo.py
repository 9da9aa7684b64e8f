"""Promo codes on a real database: what they give, and that nobody takes more than was promised."""

from dataclasses import replace
from typing import Any

import eventlet
import pytest

from contracts.billing import FundsAdded
from contracts.billing_invoices import PromoQuery
from contracts.billing_packages import EntriesQuery
from contracts.errors import Conflict, IdempotencyMismatch, Malformed, NotFound
from services.billing import promo_posting, promo_repository
from services.billing.promo import MOST_ATTEMPTS_A_DAY
from tests.service.billing.invoices_desk import ROUBLE, issue, pay, promo, redeem, selling_partner
from tests.service.billing.office import AUTHOR, Office, new_id


def attempt(call: Any) -> bool:
    try:
        call()
    except (Conflict, NotFound):
        return False
    return True


def test_a_code_for_a_sum_credits_a_package_at_once(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    code = promo(office, partner, valid_days=30)
    office.events(FundsAdded)
    use = redeem(office, partner, advertiser, " осень ")
    [package] = office.client.packages(partner, advertiser)
    assert (use.code, use.package_id, use.credited) == ("ОСЕНЬ", package.id, 100 * ROUBLE)
    assert (package.origin, package.paid, package.payment_info) == ("promo", True, "ОСЕНЬ")
    assert (package.starts_at, package.ends_at) == ("2026-11-22T09:00:00Z", "2026-12-22T09:00:00Z")
    assert office.balance(advertiser).available == 100 * ROUBLE
    assert office.events(FundsAdded) == [FundsAdded(advertiser_ids=[advertiser], partner_ids=[])]
    [stored] = office.client.promo_codes(partner)
    assert (stored.uses, stored.credited) == (1, 100 * ROUBLE)
    assert office.client.promo_uses(partner, code.id) == [use]
    assert office.audit() == []


def test_a_code_is_used_once_by_an_advertiser_however_often_and_however_fast(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    promo(office, partner)
    pool = eventlet.GreenPool(6)
    taken = list(pool.imap(lambda _: attempt(lambda: redeem(office, partner, advertiser)), range(6)))
    assert sum(taken) == 1
    assert office.balance(advertiser).credited == 100 * ROUBLE
    assert office.client.promo_codes(partner)[0].uses == 1


def test_a_switch_changes_nothing_else_of_a_code_and_only_the_partners_own(office: Office) -> None:
    partner, stranger = office.partner(), office.partner()
    code = promo(office, partner, starts_at="2026-11-01T20:30:07Z", note="осенью")
    off = office.client.switch_promo_code(partner, code.id, active=False, author=AUTHOR)
    assert off == replace(code, active=False)
    assert not attempt(lambda: redeem(office, partner, new_id()))
    with pytest.raises(NotFound):
        office.client.switch_promo_code(stranger, code.id, active=True, author=AUTHOR)
    assert office.client.promo_codes(partner) == [off]
    assert office.client.switch_promo_code(partner, code.id, active=True, author=AUTHOR) == code
    assert attempt(lambda: redeem(office, partner, new_id()))


def test_the_same_request_is_answered_alike(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    promo(office, partner)
    request: dict[str, Any] = {"id": new_id(), "partner_id": partner, "advertiser_id": advertiser, "code": "ОСЕНЬ"}
    answers = list(eventlet.GreenPool(4).imap(lambda _: office.client.redeem_promo(**request), range(4)))
    assert all(one == answers[0] for one in answers)
    assert office.balance(advertiser).credited == 100 * ROUBLE


def test_the_last_uses_are_taken_by_as_many_as_there_are(office: Office) -> None:
    partner = office.partner()
    code = promo(office, partner, most_uses=3)
    pool = eventlet.GreenPool(10)
    taken = list(pool.imap(lambda _: attempt(lambda: redeem(office, partner, new_id())), range(10)))
    assert sum(taken) == 3
    assert len(office.client.promo_uses(partner, code.id)) == 3
    assert office.client.promo_codes(partner)[0].credited == 300 * ROUBLE
    with pytest.raises(Conflict):
        redeem(office, partner, new_id())


def test_a_percentage_waits_for_the_next_paid_invoice_and_is_given_once(office: Office) -> None:
    partner, advertiser = selling_partner(office), new_id()
    code = promo(office, partner, kind="percent", value=1_250, valid_days=10)
    waiting = redeem(office, partner, advertiser)
    assert (waiting.package_id, waiting.credited) == (None, 0)
    assert office.client.packages(partner, advertiser) == []

    first, second = (issue(office, partner, advertiser, amount=sum * ROUBLE) for sum in (1_000, 5_000))
    list(eventlet.GreenPool().imap(lambda _: pay(office, first), range(4)))
    pay(office, second)
    bonuses = [one for one in office.client.packages(partner, advertiser) if one.origin == "promo"]
    assert [(one.credited, one.ends_at) for one in bonuses] == [(125 * ROUBLE, "2026-12-02T09:00:00Z")]
    [use] = office.client.promo_uses(partner, code.id)
    assert (use.package_id, use.credited) == (bonuses[0].id, 125 * ROUBLE)
    assert office.balance(advertiser).available == 6_125 * ROUBLE
    assert office.audit() == []


def test_what_was_promised_is_given_whatever_becomes_of_the_code(office: Office) -> None:
    partner, advertiser = selling_partner(office), new_id()
    code = promo(office, partner, kind="percent", value=1_000)
    redeem(office, partner, advertiser)
    office.client.save_promo_code(replace(code, value=1, active=False), author=AUTHOR)
    pay(office, issue(office, partner, advertiser, amount=1_000 * ROUBLE))
    assert office.balance(advertiser).available == 1_100 * ROUBLE


def test_a_payment_too_small_to_bring_something_leaves_the_percentage_waiting(office: Office) -> None:
    partner, advertiser = selling_partner(office), new_id()
    promo(office, partner, kind="percent", value=1)
    redeem(office, partner, advertiser)
    pay(office, issue(office, partner, advertiser, amount=100))
    assert office.balance(advertiser).available == 100
    pay(office, issue(office, partner, advertiser, amount=1_000 * ROUBLE))
    assert office.balance(advertiser).available == 100 + 1_000 * ROUBLE + 1_000


def test_many_advertisers_who_pay_with_the_same_codes_do_not_wait_in_a_circle(office: Office) -> None:
    partner = selling_partner(office)
    codes = [promo(office, partner, code=f"CODE{turn}", kind="percent", value=1_000) for turn in range(3)]
    advertisers = [new_id() for _ in range(6)]
    for place, advertiser in enumerate(advertisers):
        for turn in range(3):
            redeem(office, partner, advertiser, codes[(turn + place) % 3].code)
    invoices = [issue(office, partner, one, amount=10 * ROUBLE) for one in advertisers]
    list(eventlet.GreenPool().imap(lambda one: pay(office, one), invoices))
    assert [office.balance(one).available for one in advertisers] == [13 * ROUBLE] * 6
    assert [one.credited for one in office.client.promo_codes(partner)] == [6 * ROUBLE] * 3
    assert office.audit() == []


def test_codes_that_do_not_hold_are_as_good_as_unknown(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    promo(office, partner, code="LATER", starts_at="2026-11-22T10:00:00Z")
    promo(office, partner, code="OVER", ends_at="2026-11-22T09:00:00Z")
    promo(office, partner, code="OFF", active=False)
    words = set()
    for code in ("LATER", "OVER", "OFF", "NEVER"):
        with pytest.raises(NotFound) as refused:
            redeem(office, partner, advertiser, code)
        words.add(str(refused.value))
    assert len(words) == 1
    office.clock.advance(3_600)
    assert redeem(office, partner, advertiser, "LATER").credited == 100 * ROUBLE


def test_codes_can_t_be_guessed(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    promo(office, partner)
    kept = office.rows("SELECT count(*) FROM operation")
    for turn in range(MOST_ATTEMPTS_A_DAY):
        with pytest.raises(NotFound):
            redeem(office, partner, advertiser, f"GUESS{turn}")
    for code in ("GUESS", "ОСЕНЬ"):
        with pytest.raises(Conflict, match="Too many attempts"):
            redeem(office, partner, advertiser, code)
    assert office.rows("SELECT count(*) FROM operation") == kept
    assert office.rows("SELECT count(*) FROM promo_attempt WHERE advertiser_id = :id", id=advertiser) == [(1,)]
    assert redeem(office, partner, new_id()).credited == 100 * ROUBLE
    office.clock.advance(86_400)
    assert redeem(office, partner, advertiser).credited == 100 * ROUBLE
    assert office.rows("SELECT attempts FROM promo_attempt WHERE advertiser_id = :id", id=advertiser) == [(1,)]


def test_attempts_at_the_same_time_are_all_counted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promo_posting, "MOST_ATTEMPTS_A_DAY", 5)
    partner, advertiser = office.partner(), new_id()

    def guess(turn: int) -> str:
        try:
            redeem(office, partner, advertiser, f"GUESS{turn}")
        except (Conflict, NotFound) as refused:
            return type(refused).__name__
        return "given"

    said = list(eventlet.GreenPool(10).imap(guess, range(10)))
    assert (said.count("NotFound"), said.count("Conflict")) == (5, 5)


def test_a_repeat_of_a_code_that_was_given_is_no_attempt(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promo_posting, "MOST_ATTEMPTS_A_DAY", 1)
    partner, advertiser = office.partner(), new_id()
    promo(office, partner)
    request: dict[str, Any] = {"id": new_id(), "partner_id": partner, "advertiser_id": advertiser, "code": "ОСЕНЬ"}
    assert office.client.redeem_promo(**request) == office.client.redeem_promo(**request)
    with pytest.raises(IdempotencyMismatch):
        office.client.redeem_promo(**request | {"code": "OTHER"})


def test_a_code_is_of_one_partner(office: Office) -> None:
    partner, stranger, advertiser = office.partner(), office.partner(), new_id()
    code = promo(office, partner)
    redeem(office, partner, advertiser)
    with pytest.raises(NotFound):
        redeem(office, stranger, new_id())
    with pytest.raises(NotFound):
        redeem(office, stranger, advertiser)
    with pytest.raises(NotFound):
        office.client.save_promo_code(replace(code, partner_id=stranger), author=AUTHOR)
    assert office.client.promo_uses(stranger, code.id) == office.client.promo_codes(stranger) == []
    assert promo(office, stranger).code == code.code


def test_a_partner_has_each_code_once(office: Office) -> None:
    partner = office.partner()
    code = promo(office, partner, code="Spring")
    with pytest.raises(Conflict):
        promo(office, partner, code="SPRING")
    pool = eventlet.GreenPool()
    made = list(pool.imap(lambda _: attempt(lambda: promo(office, partner, code="summer")), range(4)))
    assert sum(made) == 1
    changed = office.client.save_promo_code(replace(code, code="SPRING", note="x"), author=AUTHOR)
    assert (changed.code, changed.note, changed.created_at) == ("SPRING", "x", code.created_at)


def test_the_kind_of_a_used_code_stays(office: Office) -> None:
    partner = office.partner()
    code = promo(office, partner)
    code = office.client.save_promo_code(replace(code, kind="percent", value=500), author=AUTHOR)
    redeem(office, partner, new_id())
    with pytest.raises(Conflict):
        office.client.save_promo_code(replace(code, kind="sum"), author=AUTHOR)
    assert office.client.save_promo_code(replace(code, most_uses=1, uses=0), author=AUTHOR).uses == 1
    with pytest.raises(Conflict):
        redeem(office, partner, new_id())


def test_a_wrong_code_is_refused_by_field(office: Office) -> None:
    with pytest.raises(Malformed) as refused:
        promo(office, office.partner(), code="", value=0)
    assert {one["pointer"] for one in refused.value.data["errors"]} == {"/code/code", "/code/value"}


def test_the_entries_of_a_bonus_say_by_which_code_it_came(office: Office) -> None:
    partner, advertiser = office.partner(), new_id()
    promo(office, partner)
    redeem(office, partner, advertiser)
    page = office.client.entries(EntriesQuery(partner_id=partner, account_id=advertiser))
    assert [(one.kind, one.amount, one.author, one.reason) for one in page.items] == [
        ("credit", 100 * ROUBLE, "system", "ОСЕНЬ")
    ]


def test_codes_and_uses_come_in_pages_and_each_code_is_found_by_its_id(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner, stranger = office.partner(), office.partner()
    codes = [promo(office, partner, code=f"CODE{turn}") for turn in range(3)]
    assert office.client.promo_code(partner, codes[0].id) == codes[0]
    for asked in ((stranger, codes[0].id), (partner, new_id())):
        with pytest.raises(NotFound):
            office.client.promo_code(*asked)
    pages = [office.client.promo_code_page(PromoQuery(partner_id=partner, page=n, page_size=2)) for n in (1, 2, 3)]
    assert [[one.code for one in page.items] for page in pages] == [["CODE2", "CODE1"], ["CODE0"], []]
    assert {page.total for page in pages} == {3}
    monkeypatch.setattr(promo_repository, "MOST_USES_SHOWN", 2)
    advertisers = [new_id() for _ in range(3)]
    for one in advertisers:
        redeem(office, partner, one, "CODE0")
        office.clock.advance(1)
    shown = [[one.advertiser_id for one in office.client.promo_uses(partner, codes[0].id, page=n)] for n in (1, 2)]
    assert shown == [[advertisers[2], advertisers[1]], [advertisers[0]]]
    for wrong in (PromoQuery(partner_id=partner, page=0), PromoQuery(partner_id=partner, page_size=501)):
        with pytest.raises(Malformed):
            office.client.promo_code_page(wrong)
    with pytest.raises(Malformed):
        office.client.promo_uses(partner, codes[0].id, page=0)
