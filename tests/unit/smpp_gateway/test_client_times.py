"""Times as SMPP clients write them (SMPP 3.4, 7.1.1): one moment or a refusal, never a guess."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway.client_states import absolute_time
from services.smpp_gateway.client_times import Asked, asked_times, moment_of, validity_end
from services.smpp_gateway.pdu import SubmitSm
from services.smpp_gateway.timing import Timing

NOW = datetime(2026, 11, 30, 10, 0, 0, tzinfo=UTC)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("261130100000000+", NOW),
        ("261130130000012+", NOW),
        ("261130070000012-", NOW),
        ("261130100000500+", NOW + timedelta(milliseconds=500)),
        ("261201000000048+", at(2026, 11, 30, 12)),
        ("280229000000000+", at(2028, 2, 29)),
        ("000000000001000R", NOW + timedelta(seconds=1)),
        ("000000720000000R", NOW + timedelta(hours=72)),
        ("000100000000000R", at(2026, 12, 30, 10)),
        ("000300000000000R", at(2027, 2, 28, 10)),
        ("010000000000000R", at(2027, 11, 30, 10)),
        ("020610233429000R", at(2029, 5, 30, 10) + timedelta(days=10, hours=23, minutes=34, seconds=29)),
    ],
)
def test_a_time_is_one_moment(text: str, moment: datetime | None) -> None:
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    ["2", "261130100000000", "261130100000049+", "261130100000000Z", "261331100000000+", "260229000000000+",
     "261130250000000+", "26113010000000a+", "000000000001100R", "000000000001004R", "٢61130100000000+"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment_of(text, NOW)


@pytest.mark.parametrize("text", ["261130100000000+", "251130100000000+", "000000000000000R"])
def test_a_validity_that_has_passed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="passed"):
        validity_end(text, NOW)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))
def test_what_we_write_we_read_to_the_tenth_of_a_second(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    read = moment_of(absolute_time(moment), NOW)
    assert read is not None
    assert timedelta(0) <= moment - read < timedelta(milliseconds=100)


@given(st.text("0123456789+-R", min_size=16, max_size=16))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    try:
        moment = moment_of(text, NOW)
    except ValueError:
        return
    assert moment is not None
    assert moment.tzinfo is UTC


VALIDITY = timedelta(hours=48)


@pytest.mark.parametrize(
    ("schedule", "validity", "asked"),
    [
        ("", "", Asked()),
        ("", "000000010000000R", Asked(None, Timing(None, NOW + timedelta(hours=1)))),
        ("", "000009000000000R", Asked(None, Timing(None, NOW + VALIDITY))),
        ("", "261130100000000+", Asked(c.ESME_RINVEXPIRY)),
        ("", "tomorrow", Asked(c.ESME_RINVEXPIRY)),
        ("000000010000000R", "", Asked(None, Timing(NOW + timedelta(hours=1), NOW + timedelta(hours=49)))),
        ("000000010000000R", "261130110000000+", Asked(c.ESME_RINVEXPIRY)),
        (
            "000000010000000R",
            "000000010000000R",
            Asked(None, Timing(NOW + timedelta(hours=1), NOW + timedelta(hours=2))),
        ),
        ("261130095900000+", "", Asked(None, Timing(None, NOW + VALIDITY))),
        ("261130090000000+", "", Asked(c.ESME_RINVSCHED)),
        ("270401000000000+", "", Asked(c.ESME_RINVSCHED)),
        ("soon", "", Asked(c.ESME_RINVSCHED)),
    ],
)
def test_the_times_of_a_submission_are_kept_or_refused(schedule: str, validity: str, asked: Asked) -> None:
    pdu = SubmitSm(1, schedule_delivery_time=schedule, validity_period=validity)
    assert asked_times(pdu, NOW, VALIDITY) == asked
