"""Whose receipts come over which link, and when what has none is given up."""

from datetime import UTC, datetime
from typing import Any

from services.smpp_gateway.link_book import new_link
from services.smpp_gateway.link_pairs import bringers, origin_of, receipts_over, settling
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_spec import LinkSpec
from services.smpp_gateway.links import same_session

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ADDRESS: dict[str, Any] = {"host": "smsc.operator.example", "port": 2775, "system_id": "golub"}


def specs(**links: dict[str, Any]) -> dict[str, LinkSpec]:
    """Links by their names; `enabled` and `broken` are none of their settings."""
    found = {}
    for name, given in links.items():
        values = {**ADDRESS, **given}
        enabled, broken = values.pop("enabled", True), values.pop("broken", False)
        stored = new_link(name, values, NOW, "operator")
        stored = type(stored)(**{one: getattr(stored, one) for one in stored.__slots__} | {"enabled": enabled})
        found[name] = LinkSpec(stored, None if broken else LinkSettings(**values, password=""))
    return found


TX: dict[str, Any] = {"bind_type": "transmitter"}
RX: dict[str, Any] = {"bind_type": "receiver", "receipts_of": "tx"}


def test_receipts_of_a_link_are_its_own_unless_it_names_another() -> None:
    links = specs(tx=TX | {"message_id_base": "dec_to_hex", "unknown_outcome": "again"}, rx=RX, other={})
    assert [origin_of(links, links[name]).link for name in links] == ["tx", "tx", "other"]
    brought = origin_of(links, links["rx"])
    assert (brought.id_base, brought.again) == ("dec_to_hex", True)


def test_a_transmitter_that_can_not_be_used_now_is_still_the_one_whose_receipts_come() -> None:
    links = specs(tx=TX | {"message_id_base": "hex_to_dec", "broken": True, "enabled": False}, rx=RX)
    assert (origin_of(links, links["rx"]).link, origin_of(links, links["rx"]).id_base) == ("tx", "hex_to_dec")


def test_receipts_come_over_a_link_itself_unless_it_transmits_only_and_over_who_brings_them() -> None:
    links = specs(tx=TX, rx=RX, second=RX, away=RX | {"enabled": False}, lone=TX, both={})
    told = {name: receipts_over(links, spec) for name, spec in links.items()}
    assert told == {"tx": ["rx", "second"], "rx": [], "second": [], "away": [], "lone": [], "both": ["both"]}
    assert bringers(links) == {"tx": ["rx", "second"]}


def test_nothing_of_a_transmitter_is_given_up_while_its_receiver_is_down() -> None:
    links = specs(tx=TX, rx=RX)
    assert settling(links, {"tx"}) == []
    assert "tx" in settling(links, {"rx"})


def test_a_transmitter_that_nobody_brings_receipts_of_waits_by_its_own_session() -> None:
    assert settling(specs(tx=TX, rx=RX | {"enabled": False}), {"tx"}) == ["rx", "tx"]
    assert settling(specs(tx=TX), set()) == []


def test_what_a_disabled_link_still_waits_for_is_given_up_unless_a_receiver_brings_it() -> None:
    assert settling(specs(tx=TX | {"enabled": False}), set()) == ["tx"]
    assert settling(specs(tx=TX | {"enabled": False}, rx=RX), set()) == []
    assert settling(specs(tx=TX | {"enabled": False}, rx=RX), {"rx"}) == ["rx", "tx"]


def test_a_transceiver_whose_receipts_come_over_another_link_too_is_heard_over_both() -> None:
    links = specs(tx={}, rx=RX)
    assert "tx" in settling(links, {"tx"}) and "tx" in settling(links, {"rx"})


def test_a_session_goes_on_when_it_is_said_whose_receipts_it_brings() -> None:
    before = LinkSettings(**ADDRESS, password="", bind_type="receiver")
    assert same_session(before, LinkSettings(**ADDRESS, password="", **RX))
