"""What may be set for SMPP, and from where a client may come."""

import pytest

from contracts.accounts_smpp import SmppSettings
from contracts.errors import Malformed
from services.accounts.smpp import DEFAULTS, checked, may_come_from, new_password


def settings(
    *networks: str, max_binds: int = 2, submits_per_second: int = 10, window: int = 5, highest_priority: int = 2
) -> SmppSettings:
    return SmppSettings(
        enabled=True,
        max_binds=max_binds,
        submits_per_second=submits_per_second,
        window=window,
        allow_list=list(networks),
        highest_priority=highest_priority,
    )


def problems(given: SmppSettings) -> dict[str, str]:
    with pytest.raises(Malformed) as error:
        checked(given)
    return {one["pointer"]: one["code"] for one in error.value.data["errors"]}


def test_networks_are_kept_in_their_usual_spelling_each_once() -> None:
    given = (" 192.0.2.1 ", "192.0.2.1/32", "192.0.2.0/24", "2001:DB8:0::/48", "2001:db8::1/128", "::ffff:192.0.2.7")
    found = checked(settings(*given)).allow_list
    assert found == ["192.0.2.1", "192.0.2.0/24", "2001:db8::/48", "2001:db8::1", "192.0.2.7"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("192.0.2.300", "network_invalid"),
        ("192.0.2.1/33", "network_invalid"),
        ("192.0.2.0/255.255.255.0", "network_invalid"),
        ("192.0.2.0/", "network_invalid"),
        ("example.org", "network_invalid"),
        ("fe80::1%eth0", "network_invalid"),
        ("", "network_invalid"),
        ("3221225985", "network_invalid"),
        ("192.0.2.1/24", "network_has_host"),
        ("2001:db8::1/48", "network_has_host"),
    ],
)
def test_each_line_that_is_no_network_is_named(written: str, code: str) -> None:
    assert problems(settings("192.0.2.1", written)) == {"/allow_list/1": code}


@pytest.mark.parametrize("count", [51, 1_000])
def test_there_are_at_most_fifty_networks(count: int) -> None:
    assert problems(settings(*[f"10.0.{n // 250}.{n % 250}" for n in range(count)])) == {
        "/allow_list": "too_many_networks"
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_binds", 0),
        ("max_binds", 101),
        ("submits_per_second", 0),
        ("submits_per_second", 10_001),
        ("window", 1_001),
        ("highest_priority", -1),
        ("highest_priority", 4),
    ],
)
def test_limits_have_bounds(name: str, value: int) -> None:
    assert problems(settings(**{name: value})) == {f"/{name}": f"{name}_invalid"}  # type: ignore[arg-type]


def test_the_defaults_are_themselves_allowed() -> None:
    assert checked(DEFAULTS) == DEFAULTS


@pytest.mark.parametrize(
    ("allow_list", "address", "allowed"),
    [
        ([], "198.51.100.1", True),
        ([], "no address", True),
        (["192.0.2.0/24"], "192.0.2.255", True),
        (["192.0.2.0/24"], "192.0.3.0", False),
        (["192.0.2.0/24"], "::ffff:192.0.2.9", True),
        (["192.0.2.9"], "192.0.2.9", True),
        (["2001:db8::/48"], "2001:db8:0:1::1", True),
        (["2001:db8::/48"], "2001:db8:1::1", False),
        (["2001:db8::/48"], "192.0.2.1", False),
        (["192.0.2.0/24"], "", False),
        (["192.0.2.0/24"], "no address", False),
        (["garbage"], "192.0.2.1", False),
        (["garbage", "192.0.2.1"], "192.0.2.1", True),
    ],
)
def test_what_can_not_be_read_allows_nothing(allow_list: list[str], address: str, allowed: bool) -> None:
    assert may_come_from(allow_list, address) is allowed


def test_an_issued_password_is_one_that_smpp_can_carry() -> None:
    issued = {new_password() for _ in range(100)}
    assert len(issued) == 100
    assert all(len(one) == 8 and one.isalnum() and one.isascii() for one in issued)
