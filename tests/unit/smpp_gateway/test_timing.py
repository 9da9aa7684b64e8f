"""Times of a submit_sm that can't be kept are refused before anything is stored or charged."""

from datetime import UTC, datetime

import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway.client_pdus import timing_status
from services.smpp_gateway.pdu import SubmitSm

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "validity", "status"),
    [
        ("", "", None),
        ("", "261122100001000+", None),
        ("", "261122100000000+", c.ESME_RINVEXPIRY),
        ("", "261122125959012+", c.ESME_RINVEXPIRY),
        ("", "261122130001012+", None),
        ("", "261122070001012-", None),
        ("", "000001000000000R", None),
        ("", "991332990000000+", c.ESME_RINVEXPIRY),
        ("261231100000000+", "", c.ESME_RINVSCHED),
        ("000000010000000R", "", c.ESME_RINVSCHED),
    ],
)
def test_a_time_that_cannot_be_kept_is_refused(schedule: str, validity: str, status: int | None) -> None:
    pdu = SubmitSm(sequence_number=1, schedule_delivery_time=schedule, validity_period=validity)
    assert timing_status(pdu, NOW) == status
