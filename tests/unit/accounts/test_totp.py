"""Codes of the second step, by the numbers of the standards."""

import base64
from datetime import UTC, datetime

import pytest

from services.accounts import totp

#: The secret of the test vectors of RFC 4226, appendix D, and RFC 6238, appendix B.
SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("counter", "code"),
    [(0, "755224"), (1, "287082"), (2, "359152"), (3, "969429"), (4, "338314"), (9, "520489")],
)
def test_codes_are_those_of_rfc_4226(counter: int, code: str) -> None:
    assert totp.code_at(SECRET, counter) == code


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_steps_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.accepted_step(SECRET, code, moment, 0) == seconds // 30


def test_a_step_is_accepted_once_and_none_before_it() -> None:
    now = datetime.fromtimestamp(1111111109, UTC)
    step = totp.step_at(now)
    assert totp.accepted_step(SECRET, totp.code_at(SECRET, step), now, step) is None
    assert totp.accepted_step(SECRET, totp.code_at(SECRET, step - 1), now, step) is None
    assert totp.accepted_step(SECRET, totp.code_at(SECRET, step + 1), now, step) == step + 1


@pytest.mark.parametrize("code", ["", "x", "28708", "2870821", "２８７０８２", "\ud800"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert totp.accepted_step(SECRET, totp.plain(code), datetime.fromtimestamp(59, UTC), 0) is None


def test_recovery_codes_differ_and_are_read_as_people_type_them() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES
    assert totp.recovery_hash(codes[0]) == totp.recovery_hash(f" {codes[0].lower().replace('-', ' ')} ")
    assert len({totp.recovery_hash(one) for one in codes}) == len(codes)


def test_what_an_authenticator_reads_names_the_issuer_and_the_login() -> None:
    uri = totp.otpauth(SECRET, "ООО «Пример»", "boss@example")
    assert uri.startswith("otpauth://totp/%D0%9E%D0%9E%D0%9E%20%C2%AB")
    assert f"secret={SECRET}" in uri and "boss%40example" in uri
