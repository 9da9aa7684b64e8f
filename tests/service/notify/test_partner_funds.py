"""The end of a partner's balance is told to the partner and to the operator, once."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from contracts.errors import Unavailable
from services.notify.letters import OPERATOR_ID
from tests.service.notify.conftest import PARTNER, MailServer, World

OPERATORS = "duty@golub.test, money@golub.test"


@pytest.fixture
def told(world: World) -> World:
    world.service.settings = replace(world.service.settings, operator_mail=OPERATORS)
    world.accounts.emails[PARTNER] = "boss@centre.test"
    return world


def test_the_partner_and_each_operator_get_a_letter_that_waits(told: World) -> None:
    told.end(PARTNER)
    (own,) = told.letters()
    assert (own.kind, own.recipient, own.state, own.advertiser_id) == (
        "partner_funds",
        "boss@centre.test",
        "waiting",
        None,
    )
    operators = [(one.kind, one.recipient, one.state) for one in told.letters(OPERATOR_ID)]
    assert sorted(operators) == [
        ("operator_funds", "duty@golub.test", "waiting"),
        ("operator_funds", "money@golub.test", "waiting"),
    ]
    told.service.letters_wake.set.assert_called()


def test_the_same_event_again_writes_nothing(told: World) -> None:
    event_id = told.end(PARTNER)
    told.end(PARTNER, event_id=event_id)
    assert (len(told.letters()), len(told.letters(OPERATOR_ID))) == (1, 2)


def test_who_has_no_address_gets_a_failed_letter_that_says_so_and_the_others_are_told(world: World) -> None:
    world.accounts.emails[PARTNER] = ""
    stranger = str(uuid4())
    world.end(PARTNER, stranger)
    letters = world.letters() + world.letters(stranger) + world.letters(OPERATOR_ID)
    assert [(one.state, one.error.partition(":")[0]) for one in letters] == [("failed", "No address")] * 4
    assert [len(call) for call in world.accounts.calls] == [2]


def test_an_end_is_not_lost_while_accounts_is_away(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(ids: list[str]) -> None:
        raise Unavailable("away")

    event_id = str(uuid4())
    with monkeypatch.context() as patch:
        patch.setattr(told.accounts, "partners", away)
        with pytest.raises(Unavailable):
            told.end(PARTNER, event_id=event_id)
    told.end(PARTNER, event_id=event_id)
    assert len(told.letters()) == 1


def test_the_letters_say_who_and_how_much_is_left_in_both_languages(
    told: World, mail_server: Callable[..., MailServer]
) -> None:
    server = mail_server()
    told.use(server)
    told.end(PARTNER, available=12_345)
    told.service.send_due()
    by_address = {one["To"]: one for one in server.messages()}
    assert set(by_address) == {"boss@centre.test", "duty@golub.test", "money@golub.test"}
    own, operators = by_address["boss@centre.test"], by_address["duty@golub.test"]
    assert own["Subject"] == "Баланс закончился / The balance has ended"
    assert operators["Subject"] == "Баланс партнёра закончился / A partner's balance has ended: СМС-Центр"
    for letter in (own, operators):
        text = letter.get_content()
        russian, english = text.index("осталось 1,2345 ₽"), text.index("1,2345 ₽ is left")
        assert russian < english
        assert text.count("СМС-Центр") == 2
