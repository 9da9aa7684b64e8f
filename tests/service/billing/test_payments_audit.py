"""The audit is silent after work with payment systems and bank statements, and names each kind of damage."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from kit.settings import Settings
from services.billing.audit import audit
from services.billing.payments_audit import PAYMENT_CHECKS
from tests.service.billing.office import AUTHOR, Office
from tests.service.billing.test_payments import shop, signed, start
from tests.service.billing.test_statements import issue, load, partner_of
from tests.unit.billing.statement_files import RECEIPT

DAMAGE = {
    "a payment that credited nothing": (
        "payment_package",
        "UPDATE payment SET package_id = partner_id WHERE state = 'paid'",
    ),
    "a payment of another sum": ("payment_package", "UPDATE payment SET amount = amount + 100 WHERE state = 'paid'"),
    "a package that nobody paid for": (
        "payment_package",
        "UPDATE payment SET state = 'started', paid_at = NULL, package_id = NULL WHERE state = 'paid'",
    ),
    "a document of another sum": ("bank_payment_invoice", "UPDATE bank_payment SET amount = 1 WHERE state = 'matched'"),
    "a document of no invoice": (
        "bank_payment_invoice",
        "UPDATE bank_payment SET invoice_id = id WHERE state = 'matched'",
    ),
    "a document of an invoice that waits": (
        "bank_payment_invoice",
        "UPDATE invoice SET state = 'issued', paid_at = NULL, paid_by = NULL, package_id = NULL",
    ),
}


@pytest.fixture(scope="module")
def worked(module_database: Callable[[str], str]) -> Iterator[Office]:
    """An office with a payment that was paid and one that was not, a document that paid and one that did not."""
    office = Office(module_database("billing"))
    office.service.settings = Settings(secret_key="k" * 32)
    partner = partner_of(office)
    office.client.save_provider(partner, shop(), author=AUTHOR)
    office.client.payment_callback(partner, "robokassa", signed(start(office, partner).payment))
    start(office, partner)
    issue(office, partner)
    assert load(office, partner, RECEIPT, RECEIPT | {"Номер": "18"}) == (2, 1, 0, 0)
    yield office
    office.engine.dispose()


def test_nothing_is_found_after_work(worked: Office) -> None:
    assert worked.audit() == []


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named(worked: Office, name: str) -> None:
    check, damage = DAMAGE[name]
    with worked.engine.connect() as connection:
        assert connection.execute(text(damage)).rowcount > 0
        assert check in {finding.check for finding in audit(connection, worked.clock.now())}


def test_every_check_is_proven_by_a_damage() -> None:
    assert {check for check, _ in DAMAGE.values()} == set(PAYMENT_CHECKS)
