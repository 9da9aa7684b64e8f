"""Whoever decides about money holds the accounts that it has read, with what others did to them before."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from kit.database import Transactions, dispose_engine, engine_for
from services.billing import batch_repository as batches
from services.billing import debit_repository, posting
from services.billing.ledger import ADVERTISER, PARTNER
from tests.service.billing.office import NOW, Office, message, new_id
from tests.service.smpp_gateway.waits import begun

READINGS: dict[str, Callable[[Connection, dict[str, str]], Any]] = {
    "purses": lambda connection, kinds: batches.lock_purses(connection, kinds, NOW),
    "debit": lambda connection, kinds: debit_repository.lock(connection, kinds, [], [], [], NOW),
}


@pytest.fixture
def transactions(shared_url: str) -> Iterator[Transactions]:
    """As in the service: the locks travel with what is read under them."""
    yield Transactions(engine_for(shared_url, 8))
    dispose_engine(shared_url)


@pytest.mark.parametrize("reading", READINGS)
def test_an_account_that_is_made_while_another_is_waited_for_is_not_read_without_its_lock(
    office: Office, transactions: Transactions, reading: str
) -> None:
    partner, stranger = office.partner(), new_id()

    def read() -> None:
        with transactions.begin() as connection:
            READINGS[reading](connection, {partner: PARTNER, stranger: ADVERTISER})

    with transactions.begin() as other:
        batches.lock_purses(other, {partner: PARTNER}, NOW)
        waiting = begun(transactions, read)
        batches.create_accounts(other, {stranger: ADVERTISER})
    with pytest.raises(batches.AccountsMissingError):
        waiting.wait()
    read()


def test_who_waited_for_an_account_decides_by_what_was_spent_of_it_meanwhile(
    office: Office, transactions: Transactions
) -> None:
    partner = office.partner()
    advertiser = office.advertiser(partner, 150)
    items = [message(advertiser, partner) for _ in range(3)]

    def debit(*asked: Any) -> list[str | None]:
        with transactions.begin() as connection:
            results, _ = posting.debit(connection, asked, NOW)
            return [one.refusal for one in results]

    with transactions.begin() as other:
        batches.lock_purses(other, {advertiser: ADVERTISER}, NOW)
        waiting = [begun(transactions, debit, one, waiting=place) for place, one in enumerate([*items, items[0]], 1)]
    answers = [one.wait() for one in waiting]
    assert sorted(str(refusal) for [refusal] in answers[:3]) == ["None", "funds", "funds"] and answers[3] == answers[0]
    assert office.balance(advertiser).spent == 100
    assert office.audit() == []
