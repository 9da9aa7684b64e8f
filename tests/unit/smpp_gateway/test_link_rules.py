"""Settings of a link that could not work are told by field, and every field has a bound."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from services.smpp_gateway import link_rules
from services.smpp_gateway.link_rules import problems
from services.smpp_gateway.link_settings import LinkSettings
from tests.unit.smpp_sessions.tls import certificate

LINK = LinkSettings(host="smsc.operator.example", port=2775, system_id="golub", password="secret")


def told(**changes: Any) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in problems(replace(LINK, **changes))]


def test_the_defaults_work() -> None:
    assert problems(LINK) == []


def test_every_field_is_checked() -> None:
    checked = set(link_rules._BOUNDS) | set(link_rules._CHOICES) | set(link_rules._LENGTHS)
    checked |= {"host", "tls_server_name", "tls_ca", "retry"}
    # The timers of a session are no settings of a link.
    assert {field.name for field in fields(LinkSettings)} - checked == {"session"}


@pytest.mark.parametrize("name", sorted(link_rules._BOUNDS))
def test_a_number_beyond_its_bounds_is_told_with_its_field(name: str) -> None:
    least, most = link_rules._BOUNDS[name]
    for value in (least - 1, most + 1):
        assert (f"/{name}", "out_of_range") in told(**{name: value})
    for no_number in (float("nan"), float("inf"), True, "1"):
        assert (f"/{name}", "invalid") in told(**{name: no_number})


@pytest.mark.parametrize("name", sorted(link_rules._CHOICES))
def test_a_value_that_is_no_choice_is_told_with_the_choices(name: str) -> None:
    (found,) = problems(replace(LINK, **{name: "whatever"}))  # type: ignore[arg-type]
    assert (found.pointer, found.code) == (f"/{name}", "invalid")
    assert "must be one of: " in found.detail


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"host": ""}, [("/host", "invalid")]),
        ({"host": "smpp://smsc.operator.example"}, [("/host", "invalid")]),
        ({"host": "smsc operator"}, [("/host", "invalid")]),
        ({"host": "2001:db8::1"}, []),
        ({"tls_server_name": "*.operator.example"}, [("/tls_server_name", "invalid")]),
        ({"tls_ca": "no certificate"}, [("/tls_ca", "invalid")]),
        ({"tls_ca": "x" * 200_001}, [("/tls_ca", "too_long")]),
        ({"system_id": ""}, [("/system_id", "required")]),
        ({"system_id": "x" * 16}, [("/system_id", "too_long")]),
        ({"password": "ninechars"}, [("/password", "too_long")]),
        ({"password": "пароль"}, [("/password", "invalid")]),
        ({"system_type": "a\0b"}, [("/system_type", "invalid")]),
        ({"window": 1.5}, [("/window", "invalid")]),
        ({"messages_per_second": 0.5}, []),
        ({"messages_per_second": 0.001}, [("/messages_per_second", "out_of_range")]),
        ({"throttle_pause_seconds_min": 20.0}, [("/throttle_pause_seconds_max", "out_of_range")]),
        ({"retry": {}}, []),
        ({"retry": {0x58: "sometimes"}}, [("/retry/88", "invalid")]),
        ({"retry": {0: "final", -1: "full"}}, [("/retry/0", "invalid"), ("/retry/-1", "invalid")]),
        ({"retry": dict.fromkeys(range(1, 258), "final")}, [("/retry", "too_many")]),
        ({"interface_version": 0x33, "bind_type": "transmitter"}, []),
        ({"interface_version": 0x33}, [("/bind_type", "invalid")]),
        (
            {"interface_version": 0x33, "bind_type": "receiver", "long_messages": "payload", "receipt_format": "tlv"},
            [("/long_messages", "invalid"), ("/receipt_format", "invalid")],
        ),
        ({"registered_delivery": 3}, [("/registered_delivery", "invalid")]),
        ({"registered_delivery": 3, "interface_version": 0x50}, []),
    ],
)
def test_what_could_not_work_is_told_by_field(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert told(**changes) == expected


def test_certificates_in_pem_are_authorities(tmp_path: Path) -> None:
    assert told(tls="verify", tls_ca=certificate(tmp_path, "smsc.operator.example").pem * 2) == []


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert {pointer for pointer, _ in told(host="", port=0, alphabet="ebcdic")} == {"/host", "/port", "/alphabet"}


def test_a_password_is_in_no_problem_and_no_repr() -> None:
    settings = replace(LINK, password="s3cr3t-long", host="")
    assert "s3cr3t" not in repr(settings) + repr(problems(settings))
