"""The distributed shape, as `make up` starts it, and money that is spent from many sides at once."""

import dataclasses
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import eventlet
import pytest

from contracts.accounts import AccountsClient, NewAdvertiser
from contracts.billing import BillingClient
from contracts.billing_packages import NewPackage
from contracts.senders import SendersClient
from contracts.stats import StatsClient
from contracts.tariffs import TariffRow, TariffsClient
from kit.ids import uuid7
from kit.launcher import Process
from kit.money import parse_money
from kit.service import RpcTo
from kit.settings import Settings
from tests.e2e.platform import Platform, numbers, running, wait_until

SENDER = "NARROW"
PRICE = parse_money("1,10")
SENDERS = 50
EACH_SENDS = 20


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running("distributed", distributed=True) as one:
        yield one


class Office:
    """A container on the platform's bus that lends typed clients."""

    name = "test_office"

    accounts = RpcTo(AccountsClient)
    tariffs = RpcTo(TariffsClient)
    billing = RpcTo(BillingClient)
    senders = RpcTo(SendersClient)
    stats = RpcTo(StatsClient)


@pytest.fixture(scope="module")
def office(platform: Platform) -> Iterator[Process]:
    process = Process([Office], dataclasses.replace(Settings(), amqp_uri=platform.processes["rabbitmq"]["uri"]))
    process.start()
    yield process
    process.stop()


def test_a_message_goes_through_all_processes(platform: Platform) -> None:
    [sent] = platform.send(["79160000001"])

    def delivered() -> bool:
        return platform.api("GET", f"/messages/{sent['id']}")[1]["state"] == "delivered"

    wait_until(delivered, 15.0, "delivered")


@dataclasses.dataclass(slots=True, frozen=True)
class Advertiser:
    id: str
    partner_id: str
    key: str


@pytest.fixture(scope="module")
def narrow(office: Process) -> Advertiser:
    """An advertiser whose balance pays for half of what the senders below will send, to the last message."""
    accounts, billing = office.client(AccountsClient), office.client(BillingClient)
    tariffs, senders = office.client(TariffsClient), office.client(SendersClient)
    partner = accounts.list_partners()[0]
    new = NewAdvertiser(
        login="narrow",
        password="a long enough password",
        contract_number="2",
        contract_date=datetime.now(UTC).date().isoformat(),
        zone="Europe/Moscow",
        test_mode=False,
        name="Narrow",
    )
    advertiser = accounts.create_advertiser(partner.id, new)
    row = TariffRow(mcc="250", mnc="", sms_type="", by_delivered=False, price=PRICE)
    tariff = tariffs.save_tariff(partner.id, name="One price", rows=[row])
    tariffs.assign(partner.id, tariff_id=tariff.id, subject_id=advertiser.id, author="test")
    senders.set_policy(partner.id, advertiser.id, any_sender=False, automatic=True)
    senders.request(partner.id, advertiser.id, name=SENDER)
    _top_up(billing, advertiser.id, partner.id, SENDERS * EACH_SENDS // 2 * PRICE)
    key = accounts.issue_api_key(partner.id, advertiser.id, name="test").key
    return Advertiser(advertiser.id, partner.id, key)


def _top_up(billing: BillingClient, advertiser_id: str, partner_id: str, amount: int) -> None:
    new = NewPackage(id=str(uuid7()), advertiser_id=advertiser_id, partner_id=partner_id, amount=amount, paid=True)
    billing.add_package(new, author="test")


def test_fifty_senders_spend_a_balance_to_its_limit_and_never_past_it(
    platform: Platform, office: Process, narrow: Advertiser
) -> None:
    """Shows 4. What is left over waits for money and goes out by itself when it comes."""
    billing = office.client(BillingClient)
    recipients = numbers(SENDERS * EACH_SENDS)
    random.shuffle(recipients)
    shares = [recipients[at : at + EACH_SENDS] for at in range(0, len(recipients), EACH_SENDS)]
    senders = [eventlet.spawn(_send, platform, narrow, share) for share in shares]
    for sender in senders:
        sender.wait()
    wait_until(lambda: sum(_states(platform, narrow).values()) == SENDERS * EACH_SENDS, 10.0, "all stored")
    wait_until(lambda: _states(platform, narrow).keys() == {"delivered", "held"}, 30.0, "delivered or held")
    assert _states(platform, narrow) == {"delivered": len(recipients) // 2, "held": len(recipients) // 2}
    balance = billing.balances([narrow.id])[0]
    assert (balance.available, balance.held, balance.spent) == (0, 0, len(recipients) // 2 * PRICE)
    assert platform.audit()[0] == 0, platform.audit()[1]
    _top_up(billing, narrow.id, narrow.partner_id, len(recipients) // 2 * PRICE)
    wait_until(lambda: _states(platform, narrow) == {"delivered": len(recipients)}, 40.0, "the rest delivered")
    balance = billing.balances([narrow.id])[0]
    assert (balance.available, balance.held, balance.spent) == (0, 0, len(recipients) * PRICE)
    status, output = platform.audit()
    assert status == 0, output
    today = datetime.now(UTC).date().isoformat()
    totals = office.client(StatsClient).totals(
        narrow.partner_id, date_from=today, date_to=today, group_by="state", advertiser_id=narrow.id
    )
    assert [(one.key, one.messages, one.charged) for one in totals] == [
        ("delivered", len(recipients), len(recipients) * PRICE)
    ]


def _send(platform: Platform, narrow: Advertiser, recipients: list[str]) -> None:
    body = {"sender": SENDER, "text": "Hello", "recipients": recipients}
    status, document = platform.api("POST", "/messages", body, {"Authorization": f"Bearer {narrow.key}"})
    assert status == 202, document
    assert {one["state"] for one in document["messages"]} == {"accepted"}


def _states(platform: Platform, narrow: Advertiser) -> dict[str, int]:
    statement = "SELECT state, count(*) FROM message WHERE advertiser_id = CAST(:id AS uuid) GROUP BY state"
    return dict(platform.rows("smpp_gateway", statement, id=narrow.id))


def test_ctrl_c_stops_all_processes_in_time(platform: Platform) -> None:
    """The last test on this platform."""
    names = set(platform.processes)
    assert {"gateway_http", "smpp_gateway", "billing", "simulator", "rabbitmq", "postgres"} <= names
    assert platform.stop() < 20.0
    assert platform.child is not None
    assert platform.child.process.returncode == 0
    assert platform.leftovers() == []
