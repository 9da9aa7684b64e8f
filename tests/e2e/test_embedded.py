"""The platform in one process, as `make run` starts it."""

import os
import random
import signal
import socket
from decimal import Decimal

import pytest

from golub.local.ports import LOOPBACK
from kit.money import format_money, parse_money
from tests.e2e.panel import Panel
from tests.e2e.platform import Platform, numbers, running, wait_until
from tests.support.folders import open_folder

FAILING = [*range(60, 90), 91, 92, 93]


def test_a_message_is_delivered_within_seconds(embedded: Platform) -> None:
    [sent] = embedded.send(["79160000001"])

    def delivered() -> bool:
        return embedded.api("GET", f"/messages/{sent['id']}")[1]["state"] == "delivered"

    wait_until(delivered, 10.0, "delivered")


def test_a_thousand_recipients_end_and_cost_what_they_say(embedded: Platform) -> None:
    """Shows 1: every state is final, and balance, messages, statistics and ledger tell the same sum."""
    embedded.wait_until_final()
    before = embedded.api("GET", "/balance")[1]
    recipients = _mixed(1_000)
    random.shuffle(recipients)
    sent = embedded.send(recipients)
    assert len(sent) == 1_000
    assert {one["state"] for one in sent} == {"accepted"}
    embedded.wait_until_final(90.0)
    ids = [one["id"] for one in sent]
    rows = embedded.rows(
        "smpp_gateway", "SELECT id, state, charged FROM message WHERE id = ANY(CAST(:ids AS uuid[]))", ids=ids
    )
    assert len(rows) == 1_000
    after = embedded.api("GET", "/balance")[1]
    fell = parse_money(before["available"]) - parse_money(after["available"])
    assert fell == sum(row[2] for row in rows) > 0
    assert parse_money(after["held"]) == 0
    for message_id, state, charged in random.sample(rows, 20):
        shown = embedded.api("GET", f"/messages/{message_id}")[1]
        assert (shown["state"], parse_money(shown["charged"])) == (state, charged)
        assert shown["final_at"]
    _check_fates(embedded, ids)
    _check_statistics(embedded)
    assert embedded.audit()[0] == 0, embedded.audit()[1]


def _mixed(count: int) -> list[str]:
    """Numbers of four operators, one of them charged by delivery; two of them make the operator drop the link."""
    failing = [ending for ending in FAILING if ending != 93]
    good = [one for prefix in ("7903", "7916", "7926", "7977") for one in numbers(200, prefix=prefix)]
    bad = [one for prefix in ("7903", "7916") for one in numbers(100, prefix=prefix, endings=failing)]
    return (["79030000193", "79160000193", *good, *bad])[:count]


def _check_fates(platform: Platform, ids: list[str]) -> None:
    """What the last two digits foretell came true, except where a dropped link took the answer along."""
    statement = (
        "SELECT right(recipient, 2), state, reason FROM message WHERE id = ANY(CAST(:ids AS uuid[])) "
        "AND coalesce(reason, '') <> 'submit_outcome_unknown'"
    )
    for ending, state, reason in platform.rows("smpp_gateway", statement, ids=ids):
        fate = int(ending)
        expected = "delivered" if fate < 60 or fate in (91, 93) else "undelivered" if fate < 70 else "expired"
        expected = "rejected" if 80 <= fate < 90 else "unknown" if fate == 92 else expected
        assert state == expected, (ending, state, reason)


def _check_statistics(platform: Platform) -> None:
    [(messages, parts, charged, cost)] = platform.rows(
        "smpp_gateway", "SELECT count(*), sum(parts), sum(charged), sum(cost) FROM message"
    )
    partner = Panel(platform.demo["partner"])
    expected = (messages, parts, Decimal(format_money(int(charged))), Decimal(format_money(int(cost))))

    def same() -> bool:
        shown = partner.statistics()
        return (shown[0], shown[1], shown[3], shown[4]) == expected

    wait_until(same, 15.0, f"statistics that say {expected}")


def test_a_second_start_goes_on_with_the_same_data() -> None:
    with running("restart") as platform:
        demo, balance = platform.demo, platform.api("GET", "/balance")[1]
        [sent] = platform.send(["79160000001"])
        platform.wait_until_final()
        assert platform.stop() < 20.0
        assert platform.child is not None
        assert platform.child.process.returncode == 0
        assert platform.leftovers() == []
        assert platform.audit()[0] == 0
        platform.start()
        assert platform.demo == demo
        assert platform.api("GET", f"/messages/{sent['id']}")[1]["state"] == "delivered"
        spent = parse_money(balance["available"]) - parse_money(platform.api("GET", "/balance")[1]["available"])
        assert spent == parse_money("0,85")


@pytest.mark.parametrize("distributed", [False, True], ids=["embedded", "distributed"])
def test_a_taken_port_is_told_in_one_sentence(distributed: bool) -> None:
    with open_folder("taken") as folder, socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        platform = Platform(folder, distributed=distributed, GOLUB_HTTP_PORT=str(port))
        child = platform.launch()
        assert child.process.wait(30) == 1
        [line] = child.said().splitlines()
        assert line.startswith(f"Port {port} for the HTTP gateway is already in use: ")
        assert "GOLUB_HTTP_PORT" in line
        assert platform.leftovers() == []


def test_a_password_of_the_demo_opens_the_door_it_is_for(embedded: Platform) -> None:
    for who, path in (("partner", "/admin/advertisers"), ("advertiser", "/"), ("operator", "/")):
        page = Panel(embedded.demo[who])
        if path != "/":
            assert "Кабинет" in page.get(path)


def test_a_database_that_dies_is_started_again_and_everything_goes_on() -> None:
    with running("database") as platform:
        pid = int((platform.var / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: platform.status("/readyz") == 200, 40.0, "ready again", every_seconds=0.5)
        platform.send(["79160000001", "79160000002"])
        platform.wait_until_final()
        assert platform.states() == {"delivered": 2}
        assert platform.audit()[0] == 0


@pytest.mark.parametrize("url", ["banana", "smpp://id:password@host:99999", "http://id:password@host:2775"])
def test_a_wrong_smsc_url_is_told_in_one_sentence(url: str) -> None:
    with open_folder("wrong-url") as folder:
        child = Platform(folder, SMSC_URL=url).launch()
        assert child.process.wait(30) == 1
        [line] = child.said().splitlines()
        assert "SMSC_URL" in line
