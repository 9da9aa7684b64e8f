"""The rules of payments that need no database."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.billing_payments import ProviderSettings
from contracts.errors import Malformed, NotFound
from services.billing.payments import check_fields, check_settings, merged, pays, provider_named
from services.billing.providers.protocol import Callback

ROBOKASSA = provider_named("robokassa")


def settings(**changes: Any) -> ProviderSettings:
    known: dict[str, Any] = {"provider": "robokassa", "enabled": True, "login": "golub", "description": "Balance"}
    return ProviderSettings(**known | {"test": False, "secrets": {}} | changes)


def pointers(refused: pytest.ExceptionInfo[Malformed]) -> set[str]:
    return {error["pointer"] for error in refused.value.data["errors"]}


@pytest.mark.parametrize("name", ["", "unknown", None, 5, ["robokassa"]])
def test_only_payment_systems_that_there_are_have_a_name(name: Any) -> None:
    with pytest.raises(NotFound):
        provider_named(name)


@pytest.mark.parametrize(
    ("paid", "amount", "exact"),
    [
        ("100.00", 1_000_000, True),
        ("100.0001", 1_000_001, True),
        ("100.000000", 1_000_000, True),
        ("99.99", 1_000_000, False),
        ("100.000001", 1_000_000, False),
        ("0.1", 1_000, True),
    ],
)
def test_a_sum_is_compared_exactly(paid: str, amount: int, exact: bool) -> None:
    assert pays(Callback(1, "", Decimal(paid), ""), amount) is exact


def test_an_empty_password_keeps_the_stored_one_and_a_new_one_goes_before_it() -> None:
    stored = {"password1": "a", "password2": "b", "of an older version": "c"}
    assert merged(ROBOKASSA, stored, {"password1": "", "password2": "d"}) == {"password1": "a", "password2": "d"}


@pytest.mark.parametrize("given", [{"password1": 5}, {"password1": "x" * 201}, {"password1": "a\n"}, {"other": "x"}])
def test_a_password_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(Malformed):
        merged(ROBOKASSA, {}, given)


@pytest.mark.parametrize("login", ["", "with space", "with:colon", "x" * 101, "a\nb"])
def test_a_login_that_would_change_what_is_signed_is_refused(login: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_settings(settings(login=login), {"password1": "a", "password2": "b"})
    assert pointers(refused) == {"/settings/login"}


def test_a_shop_that_is_switched_off_may_be_filled_in_bit_by_bit() -> None:
    check_settings(settings(enabled=False, login="", description=""), {})


@pytest.mark.parametrize("fields", [None, [], {"a": 1}, {5: "a"}, {"a": "\0"}, {"a": "\ud800"}, {"a": "x" * 2001}])
def test_a_callback_is_a_small_set_of_texts(fields: Any) -> None:
    with pytest.raises(Malformed):
        check_fields(fields)
    check_fields({"OutSum": "1.00", "EMail": "", "PaymentMethod": "карта"})
