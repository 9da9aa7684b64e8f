"""The audit is silent after packages were changed, ended and summed up, and names each kind of damage to them."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from contracts.tariffs import TariffRow
from services.billing.audit import audit
from services.billing.packages_audit import PACKAGE_CHECKS
from tests.service.billing.office import Office, message, new_id
from tests.service.billing.test_packages_changes import change, correction, deletion

DAMAGE = {
    "a use that was forgotten": ("package_flags", "UPDATE package SET used = false WHERE used"),
    "prices that nobody would look for": (
        "package_flags",
        "UPDATE package SET individual = false WHERE individual",
    ),
    "a sum of a day that grew": ("ledger_days", "UPDATE ledger_day SET amount = amount + 1"),
    "a sum of a day that is lost": ("ledger_days", "DELETE FROM ledger_day WHERE package_id IS NULL"),
    "a day that was never summed up": ("ledger_days", "UPDATE ledger_closed SET until = until + 2"),
    "a package of another partner": ("package_partner", "UPDATE package SET partner_id = advertiser_id"),
    "expired money that nobody lost": ("package_entries", "UPDATE package SET expired = expired + 1 WHERE expired > 0"),
    "expired money of an account": ("account_entries", "UPDATE account SET expired = expired + 1 WHERE expired > 0"),
}


@pytest.fixture(scope="module")
def worked(module_database: Callable[[str], str]) -> Iterator[Office]:
    """An office in which every kind of thing has happened to packages, on two days, of which one is summed up."""
    office = Office(module_database("billing"))
    partner, advertiser = office.partner(), new_id()
    price = TariffRow(mcc="250", mnc="", sms_type="", by_delivered=True, price=70)
    office.package(advertiser, partner, 1_000, prices=[price])
    ended = office.package(advertiser, partner, 1_000, ends_at="2026-11-22T10:00:00Z")
    prolonged = office.package(advertiser, partner, 500, ends_at="2026-11-22T10:00:00Z")
    office.debit(message(advertiser, partner), message(advertiser, partner, by_delivered=True))
    office.client.delete_package(**deletion(office.package(advertiser, partner, 300)))
    office.clock.advance(seconds=3_600)
    office.service.expire_ended_packages()
    change(office, prolonged, ends_at="2026-12-22T10:00:00Z")
    office.client.correct_package(**correction(ended, 20))
    office.clock.advance(seconds=24 * 3_600)
    office.debit(message(advertiser, partner))
    assert office.service.close_days()
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
    assert {check for check, _ in DAMAGE.values()} >= set(PACKAGE_CHECKS)
