"""The end of a certificate is told to the partner and to the operator, once for each event."""

from dataclasses import replace
from uuid import uuid4

from contracts.accounts import CertificateExpiryNeared
from contracts.accounts_domains import ExpiringCertificate
from contracts.events import Envelope
from services.notify.letters import OPERATOR_ID
from tests.service.notify.conftest import PARTNER, World


def tell(world: World, event_id: str, *partner_ids: str) -> None:
    items = [
        ExpiringCertificate(
            partner_id=one, host="xn--e1afmkfd.xn--p1ai", shown="пример.рф", not_after="2026-12-22T09:00:00Z", days=30
        )
        for one in partner_ids
    ]
    envelope = Envelope(
        id=event_id, name="certificate_expiry_neared", version=1, occurred_at="2026-11-22T09:00:00Z", data={}
    )
    world.service.certificate_expiry_neared(envelope, CertificateExpiryNeared(items=items))


def test_the_partner_and_each_operator_get_a_letter_and_a_repeat_writes_nothing(world: World) -> None:
    world.service.settings = replace(world.service.settings, operator_mail="duty@golub.test, boss@golub.test")
    world.accounts.emails[PARTNER] = "a@centre.test"
    event_id = str(uuid4())
    tell(world, event_id, PARTNER)
    tell(world, event_id, PARTNER)
    (own,) = world.letters()
    assert (own.kind, own.recipient, own.state) == ("certificate", "a@centre.test", "waiting")
    assert "пример.рф" in own.subject
    told = sorted((one.kind, one.recipient) for one in world.letters(OPERATOR_ID))
    assert told == [("operator_certificate", "boss@golub.test"), ("operator_certificate", "duty@golub.test")]


def test_who_has_no_address_gets_a_failed_letter_that_says_so(world: World) -> None:
    stranger = str(uuid4())
    tell(world, str(uuid4()), stranger)
    letters = world.letters(stranger) + world.letters(OPERATOR_ID)
    assert [(one.state, one.error.partition(":")[0]) for one in letters] == [("failed", "No address")] * 2
