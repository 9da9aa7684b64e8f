import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Malformed
from contracts.smpp_gateway import AcceptOrder
from services.smpp_gateway.admission import MOST_TEXT, Encoded, admit, shape_of
from tests.unit.smpp_gateway.samples import NOW, ORDER, Limits, item

VALIDITY = Limits().receipt_timeout


def _admitted(*items, **options):  # type: ignore[no-untyped-def]
    return admit(ORDER, items, now=NOW, validity=VALIDITY, **options)


def test_a_good_message_is_accepted_and_due_at_once() -> None:
    (work,) = _admitted(item("+7 903 000-00-01"))
    assert (work.state, work.recipient, work.parts, work.due_at) == ("accepted", "79030000001", 1, NOW)
    assert work.expires_at == NOW + VALIDITY


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"recipient": "  "}, "recipient_missing"),
        ({"recipient": "not a number"}, "recipient_invalid"),
        ({"sender": " "}, "sender_missing"),
        ({"sender": "x" * 33}, "sender_invalid"),
        ({"text": " \n"}, "text_empty"),
        ({"text": "я" * 671}, "text_too_long"),
        ({"text": "a" * (MOST_TEXT + 1)}, "text_too_long"),
        ({"text": "a\x00b"}, "text_invalid"),
        ({"text": "\ud800"}, "text_invalid"),
    ],
)
def test_a_bad_message_is_refused_with_its_reason_and_final(changes: dict[str, str], reason: str) -> None:
    (work,) = _admitted(item(**changes))
    assert (work.state, work.reason, work.due_at, work.final_at) == ("refused", reason, None, NOW)


def test_the_recipient_is_judged_before_the_sender_and_the_sender_before_the_text() -> None:
    works = _admitted(item(recipient="x", sender="", text=""), item(sender="", text=""))
    assert [work.reason for work in works] == ["recipient_invalid", "sender_missing"]


@pytest.mark.parametrize(
    ("text", "parts", "encoding"),
    [
        ("a" * 160, 1, "gsm7"),
        ("a" * 161, 2, "gsm7"),
        ("я" * 70, 1, "ucs2"),
        ("я" * 71, 2, "ucs2"),
        ("я" * 670, 10, "ucs2"),
    ],
)
def test_a_text_makes_as_many_parts_as_it_needs(text: str, parts: int, encoding: str) -> None:
    shape = shape_of(text)
    assert (shape.parts, shape.encoding, shape.refusal) == (parts, encoding, None)


def test_ids_rise_with_the_order() -> None:
    works = _admitted(*[item()] * 50)
    assert [work.id for work in works] == sorted(work.id for work in works)


def test_octets_that_came_encoded_are_one_part_and_go_on_as_they_are() -> None:
    given_ = Encoded(b"\x05\x00\x03\x07\x02\x01abc", 0, 0x40, 2)
    (work,) = _admitted(item(text="abc"), encoded=[given_])
    assert (work.raw, work.esm_class, work.parts, work.receipts) == (given_.raw, 0x40, 1, 2)


def test_octets_without_content_are_an_empty_text() -> None:
    (work,) = _admitted(item(text=""), encoded=[Encoded(b"\x05\x00\x03\x07\x02\x01", 0, 0x40, 0)])
    assert work.reason == "text_empty"


def test_what_the_octets_tell_against_a_message_is_its_refusal() -> None:
    (work,) = _admitted(item(), encoded=[Encoded(b"x" * 200, 4, 0, 0, "text_too_long")])
    assert work.reason == "text_too_long"


def test_an_order_without_proper_ids_is_malformed() -> None:
    with pytest.raises(Malformed):
        admit(AcceptOrder(partner_id="x", advertiser_id="y", source="http"), [item()], now=NOW, validity=VALIDITY)


def test_ids_of_an_order_are_written_as_the_database_writes_them() -> None:
    order = AcceptOrder(partner_id=ORDER.partner_id.upper(), advertiser_id=ORDER.advertiser_id, source="http")
    (work,) = admit(order, [item()], now=NOW, validity=VALIDITY)
    assert work.partner_id == ORDER.partner_id


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.none() | st.text(max_size=200))
def test_whatever_is_written_becomes_a_record_that_can_be_stored(
    recipient: str, sender: str, text: str, client_ref: str | None
) -> None:
    (work,) = _admitted(item(recipient=recipient, sender=sender, text=text, client_ref=client_ref))
    for stored in (work.recipient, work.sender, work.text, work.client_ref or ""):
        assert "\x00" not in stored
        stored.encode()
    assert len(work.recipient) <= 32 and len(work.sender) <= 32 and len(work.client_ref or "") <= 128
    assert uuid.UUID(work.id).version == 7
    assert (work.state == "refused") == (work.reason is not None) == (work.due_at is None)
