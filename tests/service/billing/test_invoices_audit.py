"""The audit is silent after work with invoices and promo codes, and names each kind of damage."""

import pytest

from services.billing.audit import audit
from services.billing.invoices_audit import INVOICE_CHECKS
from tests.service.billing.invoices_desk import issue, pay, promo, redeem, selling_partner
from tests.service.billing.office import Office, new_id

DAMAGE = {
    "a package that is no package": ("UPDATE invoice SET package_id = id WHERE state = 'paid'", "invoice_package"),
    "an invoice that was never paid": (
        "UPDATE invoice SET state = 'issued', paid_at = NULL, paid_by = NULL, package_id = NULL",
        "invoice_package",
    ),
    "a number to be given again": ("UPDATE seller SET next_number = 1", "invoice_number"),
    "a bonus of another sum": ("UPDATE promo_use SET credited = credited + 1 WHERE credited > 0", "promo_package"),
    "a use too many": ("UPDATE promo_code SET uses = uses + 1", "promo_sums"),
}


@pytest.fixture(scope="module")
def worked(shared_url: str) -> Office:
    """An office in which every kind of thing has happened."""
    office = Office(shared_url)
    partner, advertiser = selling_partner(office), new_id()
    promo(office, partner)
    promo(office, partner, code="TEN", kind="percent", value=1_000)
    redeem(office, partner, advertiser)
    redeem(office, partner, advertiser, "TEN")
    pay(office, issue(office, partner, advertiser))
    issue(office, partner, advertiser)
    return office


def test_nothing_is_found_after_work(worked: Office) -> None:
    assert worked.audit() == []


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named(worked: Office, kind: str) -> None:
    damage, check = DAMAGE[kind]
    with pytest.raises(ZeroDivisionError), worked.db.begin() as connection:
        connection.exec_driver_sql(damage)
        found = {one.check for one in audit(connection)}
        raise ZeroDivisionError
    assert check in found


def test_every_check_has_its_damage() -> None:
    assert {check for _, check in DAMAGE.values()} == set(INVOICE_CHECKS)
