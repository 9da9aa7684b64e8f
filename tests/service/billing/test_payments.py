"""Payment systems on a real database: a callback credits once, whatever comes how often and at the same time."""

import hashlib
from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from sqlalchemy.exc import IntegrityError

from contracts.billing import BillingClient, FundsAdded
from contracts.billing_payments import Payment, PaymentQuery, PaymentStart, ProviderSettings
from contracts.errors import Conflict, Forbidden, IdempotencyMismatch, Malformed, NotFound, Unavailable
from kit.launcher import Process
from kit.service import RpcTo
from kit.settings import Settings
from services.billing import payments_posting
from services.billing.payments import LEAST_PAYMENT, MOST_PAYMENT
from services.billing.service import BillingService
from tests.service.billing.invoices_desk import promo, redeem
from tests.service.billing.office import AUTHOR, Office, new_id

AMOUNT = 1_000_000
PASSWORDS = {"password1": "first word", "password2": "second word"}


@pytest.fixture
def till(office: Office) -> Office:
    office.service.settings = Settings(secret_key="k" * 32)
    return office


def shop(**changes: Any) -> ProviderSettings:
    known: dict[str, Any] = {
        "provider": "robokassa",
        "enabled": True,
        "login": "golub",
        "description": "Пополнение баланса",
        "test": False,
        "secrets": PASSWORDS,
    }
    return ProviderSettings(**known | changes)


def partner_with_shop(till: Office, **changes: Any) -> str:
    partner = till.partner()
    till.client.save_provider(partner, shop(**changes), author=AUTHOR)
    return partner


def start(till: Office, partner: str, amount: int = AMOUNT, **changes: Any) -> PaymentStart:
    known: dict[str, Any] = {"id": new_id(), "partner_id": partner, "advertiser_id": new_id()}
    return till.client.start_payment(**known | {"provider": "robokassa", "amount": amount} | changes)


def signed(payment: Payment, amount: str = "100.00", password: str = PASSWORDS["password2"]) -> dict[str, str]:
    text = f"{amount}:{payment.number}:{password}:Shp_payment={payment.id}"
    return {
        "OutSum": amount,
        "InvId": str(payment.number),
        "SignatureValue": hashlib.sha256(text.encode()).hexdigest(),
        "Shp_payment": payment.id,
    }


def shown(till: Office, payment: Payment) -> Payment:
    [found] = [one for one in till.client.payments(payment.partner_id) if one.id == payment.id]
    return found


def test_a_partner_s_shop_is_shown_without_its_passwords(till: Office) -> None:
    partner = till.partner()
    [unset] = till.client.providers(partner)
    assert (unset.provider, unset.enabled, unset.has_secrets, unset.algorithm) == ("robokassa", False, False, "sha256")
    saved = till.client.save_provider(partner, shop(algorithm="md5"), author=AUTHOR)
    assert [saved] == till.client.providers(partner)
    assert (saved.login, saved.algorithm, saved.has_secrets, saved.secrets) == ("golub", "md5", True, {})
    kept = till.rows("SELECT * FROM payment_provider WHERE partner_id = :id", id=partner)
    assert "word" not in str(kept)


def test_an_empty_password_keeps_what_is_stored(till: Office) -> None:
    partner = partner_with_shop(till)
    changed = shop(description="Balance", secrets={"password1": "another", "password2": ""})
    assert till.client.save_provider(partner, changed, author=AUTHOR).has_secrets
    payment = start(till, partner).payment
    assert till.client.payment_callback(partner, "robokassa", signed(payment)).text == f"OK{payment.number}"


def test_a_shop_is_not_enabled_without_its_login_and_passwords(till: Office) -> None:
    partner = till.partner()
    with pytest.raises(Malformed) as refused:
        till.client.save_provider(partner, shop(login="", description="", secrets={"password1": "x"}), author=AUTHOR)
    pointers = {error["pointer"] for error in refused.value.data["errors"]}
    assert pointers == {"/settings/login", "/settings/description", "/settings/secrets/password2"}
    with pytest.raises(Malformed):
        till.client.save_provider(partner, shop(algorithm="crc32"), author=AUTHOR)
    with pytest.raises(Malformed):
        till.client.save_provider(partner, shop(secrets={"password3": "x"}), author=AUTHOR)
    assert till.client.save_provider(partner, shop(enabled=False, secrets={}), author=AUTHOR).has_secrets is False
    assert till.client.providers(partner)[0].enabled is False


def test_a_changed_secret_key_asks_for_the_passwords_again(till: Office) -> None:
    partner = partner_with_shop(till)
    payment = start(till, partner).payment
    till.service.settings = Settings(secret_key="another secret of the platform, as long")
    assert till.client.providers(partner)[0].has_secrets is False
    with pytest.raises(Conflict, match="enter the passwords"):
        start(till, partner)
    with pytest.raises(Conflict, match="enter the passwords"):
        till.client.payment_callback(partner, "robokassa", signed(payment))
    till.client.save_provider(partner, shop(), author=AUTHOR)
    assert till.client.payment_callback(partner, "robokassa", signed(payment)).payment.state == "paid"


def test_a_payment_is_started_once_per_id_with_the_next_number(till: Office) -> None:
    partner, id, advertiser = partner_with_shop(till), new_id(), new_id()
    starts = [start(till, partner, id=id, advertiser_id=advertiser) for _ in range(3)]
    assert starts[0].url.startswith("https://auth.robokassa.ru/")
    assert starts == [starts[0]] * 3
    with pytest.raises(IdempotencyMismatch):
        start(till, partner, 2 * AMOUNT, id=id, advertiser_id=advertiser)
    another = start(till, partner, advertiser_id=advertiser)
    assert another.payment.number > starts[0].payment.number
    assert [one.id for one in till.client.payments(partner, advertiser_id=advertiser)] == [another.payment.id, id]


def test_no_payment_is_started_by_a_system_that_the_partner_has_not_enabled(till: Office) -> None:
    with pytest.raises(Conflict):
        start(till, till.partner())
    with pytest.raises(Conflict):
        start(till, partner_with_shop(till, enabled=False))
    with pytest.raises(NotFound):
        start(till, partner_with_shop(till), provider="unknown")


def test_no_payment_is_started_for_another_partner_s_advertiser(till: Office) -> None:
    advertiser = till.advertiser(till.partner(), 100)
    with pytest.raises(NotFound):
        start(till, partner_with_shop(till), advertiser_id=advertiser)


@pytest.mark.parametrize("amount", [0, -AMOUNT, LEAST_PAYMENT - 100, MOST_PAYMENT + 100, AMOUNT + 1, True])
def test_a_sum_out_of_bounds_or_of_parts_of_a_kopeck_is_refused(till: Office, amount: int) -> None:
    with pytest.raises(Malformed) as refused:
        start(till, till.partner(), amount)
    assert refused.value.data["errors"][0]["pointer"] == "/amount"


def test_an_advertiser_starts_so_many_payments_a_day_at_most(till: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments_posting, "MOST_STARTED_A_DAY", 2)
    partner, advertiser = partner_with_shop(till), new_id()
    for _ in range(2):
        start(till, partner, advertiser_id=advertiser)
    with pytest.raises(Conflict, match="Too many"):
        start(till, partner, advertiser_id=advertiser)
    till.clock.advance(86_400)
    assert start(till, partner, advertiser_id=advertiser).payment.state == "started"


def test_a_callback_credits_a_paid_package_and_tells_who_waits_for_money(till: Office) -> None:
    partner = partner_with_shop(till)
    payment = start(till, partner).payment
    answer = till.client.payment_callback(partner, "robokassa", signed(payment))
    assert (answer.text, answer.payment.state, answer.payment.problem) == (f"OK{payment.number}", "paid", "")
    [package] = till.client.packages(partner, payment.advertiser_id)
    assert (package.id, package.credited, package.paid) == (answer.payment.package_id, AMOUNT, True)
    assert (package.payment_kind, package.payment_info) == ("robokassa", f"№ {payment.number}")
    assert till.events(FundsAdded)[-1].advertiser_ids == [payment.advertiser_id]
    assert till.balance(payment.advertiser_id).available == AMOUNT
    assert till.audit() == []


def test_a_promised_percentage_is_credited_with_the_first_payment(till: Office) -> None:
    partner, advertiser = partner_with_shop(till), new_id()
    promo(till, partner, kind="percent", value=1_000)
    redeem(till, partner, advertiser)
    for _ in range(2):
        payment = start(till, partner, advertiser_id=advertiser).payment
        till.client.payment_callback(partner, "robokassa", signed(payment))
    assert [one.credited for one in till.client.packages(partner, advertiser)] == [AMOUNT, AMOUNT // 10, AMOUNT]
    assert [one.origin for one in till.client.packages(partner, advertiser)] == ["payment", "promo", "payment"]


def test_a_replay_gets_the_same_answer_and_credits_nothing(till: Office) -> None:
    partner = partner_with_shop(till)
    payment = start(till, partner).payment
    answers = [till.client.payment_callback(partner, "robokassa", signed(payment)) for _ in range(3)]
    assert answers == [answers[0]] * 3
    # The same callback with the sum written otherwise, long after the shop was switched off.
    till.client.save_provider(partner, shop(enabled=False), author=AUTHOR)
    till.clock.advance(86_400)
    assert till.client.payment_callback(partner, "robokassa", signed(payment, "100.000000")) == answers[0]
    assert till.balance(payment.advertiser_id).credited == AMOUNT


def test_callbacks_at_the_same_time_credit_once(till: Office) -> None:
    partner, advertiser = partner_with_shop(till), new_id()
    payments = [start(till, partner, advertiser_id=advertiser).payment for _ in range(4)]
    told = [signed(payment) for payment in payments for _ in range(8)]
    pool = eventlet.GreenPool(16)
    answers = list(pool.imap(lambda fields: till.client.payment_callback(partner, "robokassa", fields), told))
    assert {answer.text for answer in answers} == {f"OK{payment.number}" for payment in payments}
    assert till.balance(advertiser).credited == 4 * AMOUNT
    assert len(till.client.packages(partner, advertiser)) == 4
    assert till.audit() == []


Change = Callable[[dict[str, str]], dict[str, str]]


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields | {"SignatureValue": "0" * 64},
        lambda fields: fields | {"OutSum": "100000.00"},
        lambda fields: {},
    ],
)
def test_a_callback_with_a_bad_signature_writes_nothing(till: Office, change: Change) -> None:
    partner = partner_with_shop(till)
    payment = start(till, partner).payment
    with pytest.raises(Forbidden):
        till.client.payment_callback(partner, "robokassa", change(signed(payment)))
    assert shown(till, payment) == payment
    assert till.balance(payment.advertiser_id).credited == 0


def test_another_partner_s_callback_credits_nothing(till: Office) -> None:
    """With the same passwords even: the number is not a payment of that partner."""
    partner, rival = partner_with_shop(till), partner_with_shop(till)
    payment = start(till, partner).payment
    with pytest.raises(NotFound):
        till.client.payment_callback(rival, "robokassa", signed(payment))
    with pytest.raises(NotFound):
        till.client.payment_callback(till.partner(), "robokassa", signed(payment))
    with pytest.raises(NotFound):
        till.client.payment_callback(partner, "unknown", signed(payment))
    assert shown(till, payment) == payment


def test_a_payment_of_the_shop_that_is_none_of_ours_is_not_taken_for_ours(till: Office) -> None:
    partner = partner_with_shop(till)
    payment = start(till, partner).payment
    foreign = Payment(**{name: getattr(payment, name) for name in Payment.__dataclass_fields__} | {"id": new_id()})
    with pytest.raises(NotFound):
        till.client.payment_callback(partner, "robokassa", signed(foreign))
    assert shown(till, payment).state == "started"


def test_another_sum_is_refused_and_seen_on_the_payment_until_the_right_one_comes(
    till: Office, caplog: pytest.LogCaptureFixture
) -> None:
    partner = partner_with_shop(till)
    payment = start(till, partner).payment
    with pytest.raises(Forbidden, match=r"99\.99 instead of 100\.00"):
        till.client.payment_callback(partner, "robokassa", signed(payment, "99.99"))
    failed = shown(till, payment)
    assert (failed.state, failed.package_id) == ("failed", None)
    assert "99.99 instead of 100.00" in failed.problem
    assert "99.99 instead of 100.00" in caplog.text
    assert till.client.payment_callback(partner, "robokassa", signed(payment)).payment.state == "paid"
    with pytest.raises(Forbidden):
        till.client.payment_callback(partner, "robokassa", signed(payment, "99.99"))
    assert (shown(till, payment).state, shown(till, payment).problem) == ("paid", "")


def test_a_payment_in_the_test_mode_is_confirmed_and_credits_nothing(till: Office) -> None:
    partner, advertiser = partner_with_shop(till, test=True), new_id()
    promo(till, partner, kind="percent", value=1_000)
    redeem(till, partner, advertiser)
    started = start(till, partner, advertiser_id=advertiser)
    assert "IsTest=1" in started.url
    assert started.payment.test
    answers = [till.client.payment_callback(partner, "robokassa", signed(started.payment)) for _ in range(2)]
    assert [one.text for one in answers] == [f"OK{started.payment.number}"] * 2
    assert till.client.packages(partner, advertiser) == []
    assert (till.balance(advertiser).available, till.balance(advertiser).credited) == (0, 0)
    payment = shown(till, started.payment)
    assert (payment.state, payment.test, payment.package_id, payment.problem) == ("paid", True, None, "")
    assert till.audit() == []


def test_the_mode_is_that_of_the_start_of_a_payment(till: Office) -> None:
    partner = partner_with_shop(till, test=True)
    tried = start(till, partner).payment
    till.client.save_provider(partner, shop(test=False), author=AUTHOR)
    real = start(till, partner).payment
    assert till.client.payment_callback(partner, "robokassa", signed(tried)).payment.state == "paid"
    assert till.balance(tried.advertiser_id).credited == 0
    till.client.save_provider(partner, shop(test=True), author=AUTHOR)
    assert not till.client.payment_callback(partner, "robokassa", signed(real)).payment.test
    assert till.balance(real.advertiser_id).credited == AMOUNT
    assert till.audit() == []


def test_a_real_payment_is_not_paid_without_its_package_whatever_the_code_says(till: Office) -> None:
    partner = partner_with_shop(till)
    payment = start(till, partner).payment
    with pytest.raises(IntegrityError, match="payment_package"):
        till.rows("UPDATE payment SET state = 'paid', paid_at = now() WHERE id = :id", id=payment.id)


@pytest.mark.parametrize("fields", [{"a": 1}, {"a": "\0"}, {"a": "x" * 3000}, {str(n): "" for n in range(51)}, []])
def test_fields_that_are_none_are_refused(till: Office, fields: Any) -> None:
    with pytest.raises(Malformed):
        till.client.payment_callback(till.partner(), "robokassa", fields)


def test_payments_come_in_pages_of_a_state_and_of_an_advertiser(till: Office) -> None:
    partner = partner_with_shop(till)
    made = [start(till, partner).payment for _ in range(3)]
    till.client.payment_callback(partner, "robokassa", signed(made[1]))

    def page(**changes: Any) -> tuple[list[int], int]:
        found = till.client.payment_page(PaymentQuery(partner_id=partner, **changes))
        return [one.number for one in found.items], found.total

    first, second, third = (one.number for one in made)
    assert page() == ([third, second, first], 3)
    assert page(page_size=2, page=2) == ([first], 3)
    assert page(state="paid") == ([second], 1)
    assert page(advertiser_id=made[2].advertiser_id) == ([third], 1)
    assert till.client.payment_page(PaymentQuery(partner_id=till.partner())).total == 0
    with pytest.raises(Malformed):
        page(state="x")


class Asker:
    """A container without entrypoints: it only lends its client."""

    name = "asker"

    billing = RpcTo(BillingClient)


def settings(url: str, **known: str) -> Settings:
    return Settings(amqp_uri="inproc://", database_urls={"billing": url}, workers="4", **known)


def run(of: Settings, work: Callable[[BillingClient], None]) -> None:
    process = Process([BillingService, Asker], of)
    process.start()
    try:
        work(process.client(BillingClient))
    finally:
        process.stop()


def test_a_payment_goes_through_a_process_and_a_process_without_the_secret_says_so(shared_url: str) -> None:
    partner = new_id()

    def pay(billing: BillingClient) -> None:
        saved = billing.save_provider(partner, shop(), author=AUTHOR)
        assert (saved.has_secrets, saved.secrets) == (True, {})
        payment = billing.start_payment(
            id=new_id(), partner_id=partner, advertiser_id=new_id(), provider="robokassa", amount=1_000_000
        ).payment
        with pytest.raises(Forbidden):
            billing.payment_callback(partner, "robokassa", signed(payment, password="a guess"))
        assert billing.payment_callback(partner, "robokassa", signed(payment)).text == f"OK{payment.number}"
        assert billing.balances([payment.advertiser_id])[0].available == payment.amount
        with pytest.raises(Conflict, match="requisites"):
            billing.import_statement(
                partner, statement="1CClientBankExchange\nВерсияФормата=1.03\nКонецФайла", author="a"
            )

    def ask(billing: BillingClient) -> None:
        with pytest.raises(Unavailable, match="secret key"):
            billing.providers(partner)
        assert billing.balances([partner])[0].available == 0

    run(settings(shared_url, secret_key="k" * 32), pay)
    run(settings(shared_url), ask)
