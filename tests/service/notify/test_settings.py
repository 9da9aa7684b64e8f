"""The hours and texts of letters, letters with secrets, what became of letters, and the notices of advertisers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from contracts.errors import Conflict, Malformed, NotFound
from contracts.notify_settings import LetterQuery, NoticeSettings
from tests.service.notify.conftest import PARTNER, MailServer, World

Start = Callable[..., MailServer]
OTHER = str(uuid4())
LINK = "http://one.example/recovery/abc"


def set_hours(world: World, begin: str, end: str) -> None:
    known = world.client.notices(PARTNER)
    world.client.set_notices(PARTNER, replace(known, mail_from=begin, mail_to=end), author="boss")


def write(world: World, kind: str, subject: str, text: str, version: int = 0) -> Any:
    return world.client.set_letter_text(PARTNER, kind=kind, subject=subject, text=text, version=version, author="boss")


def state(world: World) -> list[str]:
    return [letter.state for letter in world.letters()]


def test_letters_go_out_inside_the_hours_and_those_of_security_at_once(world: World, shared_server: Start) -> None:
    server = shared_server()
    world.use(server)
    set_hours(world, "13:00", "18:00")
    world.cross(world.accounts.add("anna@x.test"))
    world.ask("recovery", {"FORGET": LINK})
    world.service.send_due()
    assert state(world) == ["waiting", "sent"]
    assert (world.letters()[0].attempts, world.letters()[0].error) == (0, "")
    world.clock.advance(3599)
    world.service.send_due()
    assert state(world) == ["waiting", "sent"]
    world.clock.advance(1)
    world.service.send_due()
    assert state(world) == ["sent", "sent"]


def test_other_hours_let_waiting_letters_go(world: World, shared_server: Start) -> None:
    world.use(shared_server())
    set_hours(world, "13:00", "18:00")
    world.cross(world.accounts.add("anna@x.test"))
    world.service.send_due()
    set_hours(world, "22:00", "12:30")
    world.service.send_due()
    assert state(world) == ["sent"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mail_from": "9"}, "/mail_from"),
        ({"mail_from": "25:00", "mail_to": "26:00"}, "/mail_to"),
        ({"sms_from": "09:00"}, "/sms_to"),
        ({"mail_from": "09:00", "mail_to": "09:00"}, "/mail_to"),
        ({"service_signature": "ТЕСТ"}, "/service_signature"),
        ({"test_signature": "TWELVELETTER"}, "/test_signature"),
        ({"credit_text": "x" * 501}, "/credit_text"),
        ({"credit_text": "{PASSWORD}"}, "/credit_text"),
        ({"zone": "Mars/North"}, "/zone"),
    ],
)
def test_wrong_notices_are_told_at_their_field(world: World, given: dict[str, str], field: str) -> None:
    known = world.client.notices(PARTNER)
    with pytest.raises(Malformed) as refused:
        world.client.set_notices(PARTNER, replace(known, **given), author="boss")
    assert field in {one["pointer"] for one in refused.value.data["errors"]}
    assert world.client.notices(PARTNER) == known


def test_a_letter_says_what_its_partner_wrote(world: World, shared_server: Start) -> None:
    server = shared_server()
    world.use(server)
    made = write(world, "small_balance", "Мало: {SMALL_BALANCE}", "Привет, {NAME} <b>!\r\nЛогин {LOGIN}")
    assert (made.own, made.version) == (True, 1)
    world.cross(world.accounts.add("anna@x.test"))
    world.service.send_due()
    (message,) = server.messages()
    assert message["Subject"] == "Мало: 100,00 ₽"
    assert message.get_content().splitlines() == ["Привет, Анна <b>!", "Логин shop", "", "СМС-Центр"]
    assert message.get_content_type() == "text/plain"
    assert write(world, "small_balance", "", "", 1).own is False
    world.cross(world.accounts.add("berta@x.test"))
    assert world.letters()[-1].subject == "Критический уровень средств"
    assert [one.own for one in world.client.letter_texts(OTHER)] == [False] * 3


@pytest.mark.parametrize(
    ("kind", "subject", "text", "named"),
    [
        ("small_balance", "A", "{PASSWORD} {login} {NAME}", "{PASSWORD}, {login}"),
        ("small_balance", "{FORGET}", "x", "{FORGET}"),
        ("recovery", "{FORGET}", "{FORGET}", "{FORGET}"),
        ("recovery", "A", "no link", "{FORGET}"),
        ("registration", "A\r\nBcc: x@y.ru", "{LOGIN}", "subject"),
        ("registration", "", "{LOGIN}", "subject"),
        ("registration", "x" * 201, "{LOGIN}", "subject"),
        ("registration", "A", "", "text"),
        ("registration", "A", "{LOGIN}" + "x" * 10_000, "text"),
        ("registration", "A", "{LOGIN}\0", "text"),
    ],
)
def test_a_letter_that_could_not_be_sent_is_refused_when_it_is_saved(
    world: World, kind: str, subject: str, text: str, named: str
) -> None:
    with pytest.raises(Malformed, match=named):
        write(world, kind, subject, text)
    assert [one.version for one in world.client.letter_texts(PARTNER)] == [0, 0, 0]


def test_a_preview_shows_examples_and_names_what_nobody_fills_in(world: World) -> None:
    preview = world.client.preview_letter(PARTNER, kind="registration", subject="{LOGIN}", text="{NAME} {X} {PASSWORD}")
    assert preview.subject == "example"
    assert preview.text == "ООО «Пример» {X} S3cret-example\n"
    assert preview.unknown == ["X"]
    with pytest.raises(NotFound):
        world.client.preview_letter(PARTNER, kind="invoice", subject="", text="")


def test_who_writes_over_a_newer_letter_is_refused(world: World) -> None:
    write(world, "registration", "A", "{LOGIN}")
    with pytest.raises(Conflict):
        write(world, "registration", "B", "{LOGIN}")
    assert world.client.letter_texts(PARTNER)[0].subject == "A"


def test_a_secret_is_nowhere_in_the_table_before_or_after_the_sending(world: World, shared_server: Start) -> None:
    server = shared_server()
    world.use(server)
    letter = world.ask("registration", {"PASSWORD": "s3cret"}, name="{PASSWORD}")
    body, sealed = world.body(letter)
    assert "{PASSWORD}" in body and sealed and "s3cret" not in body + sealed
    world.service.send_due()
    (message,) = server.messages()
    assert "Пароль: s3cret\r" in message.get_content() and "Здравствуйте, (PASSWORD)!" in message.get_content()
    assert world.body(letter) == ("", None)


def test_a_secret_is_gone_from_a_letter_that_has_failed_and_it_is_not_sent_again(
    world: World, shared_server: Start
) -> None:
    world.use(shared_server())
    letter = world.ask("recovery", {"FORGET": LINK}, email="refused@x.test")
    world.service.send_due()
    assert world.body(letter) == ("", None)
    with pytest.raises(Conflict) as refused:
        world.client.send_again(PARTNER, letter)
    assert refused.value.data["errors"][0]["code"] == "letter_gone"


def test_a_link_that_works_no_more_is_not_sent(world: World, shared_server: Start) -> None:
    letter = world.ask("recovery", {"FORGET": LINK}, useless_at="2026-11-22T09:30:00Z")
    world.clock.advance(1800)
    world.service.expire_letters()
    (found,) = world.letters()
    assert (found.state, found.error) == ("failed", "Too late: nobody needs the letter any more")
    assert world.body(letter) == ("", None)
    server = shared_server()
    world.use(server)
    world.ask("recovery", {"FORGET": LINK}, useless_at="2026-11-22T09:30:00Z")
    world.service.send_due()
    assert state(world) == ["failed", "failed"] and server.taken() == []


def test_a_failed_letter_is_sent_again_on_demand_by_its_own_partner(world: World, shared_server: Start) -> None:
    world.use(shared_server())
    world.cross(world.accounts.add("refused@x.test"), world.accounts.add(""), world.accounts.add("anna@x.test"))
    world.service.send_due()
    refused, nowhere, sent = world.client.letter_page(LetterQuery(partner_id=PARTNER)).items[::-1]
    assert [one.resendable for one in (refused, nowhere, sent)] == [True, False, False]
    for one in (nowhere, sent):
        with pytest.raises(Conflict):
            world.client.send_again(PARTNER, one.id)
    with pytest.raises(NotFound):
        world.client.send_again(OTHER, refused.id)
    again = world.client.send_again(PARTNER, refused.id)
    assert (again.state, again.attempts, again.error, again.resendable) == ("waiting", 0, "", False)
    world.service.send_due()
    assert world.letters()[0].attempts == 1


def test_the_fates_are_searched_filtered_and_paged(world: World, shared_server: Start) -> None:
    world.use(shared_server())
    world.cross(*[world.accounts.add(f"a{number}@x.test") for number in range(5)], world.accounts.add("refused@x.test"))
    world.ask("recovery", {"FORGET": LINK})

    def found(**asked: Any) -> tuple[list[str], int]:
        page = world.client.letter_page(LetterQuery(partner_id=PARTNER, **asked))
        return [one.recipient for one in page.items], page.total

    assert found(page_size=2, page=2) == (["a4@x.test", "a3@x.test"], 7)
    assert found(search="A3@") == (["a3@x.test"], 1)
    assert found(search="восстан", kind="recovery") == (["anna@shop.test"], 1)
    assert found(search="%") == ([], 0)
    world.service.send_due()
    assert found(state="failed") == (["refused@x.test"], 1)
    assert world.client.letter_page(LetterQuery(partner_id=OTHER)).total == 0
    for wrong in ({"page": 0}, {"page_size": 0}, {"page_size": 201}):
        with pytest.raises(Malformed):
            found(**wrong)


def test_an_advertiser_says_where_notices_go_and_whether(world: World) -> None:
    advertiser = world.accounts.add("anna@shop.test")
    known = world.client.notice_settings(PARTNER, advertiser)
    assert (known.by_email, known.by_phone, known.version) == (True, False, 0)
    wanted = replace(known, email="other@shop.test", phone="79031234567", by_phone=True)
    assert world.client.set_notice_settings(PARTNER, advertiser, wanted, author="shop").version == 1
    world.cross(advertiser)
    assert [letter.recipient for letter in world.letters()] == ["other@shop.test"]
    off = replace(wanted, by_email=False, version=1)
    world.client.set_notice_settings(PARTNER, advertiser, off, author="shop")
    world.cross(advertiser)
    assert len(world.letters()) == 1
    with pytest.raises(NotFound):
        world.client.set_notice_settings(OTHER, advertiser, wanted, author="thief")
    with pytest.raises(Conflict):
        world.client.set_notice_settings(PARTNER, advertiser, wanted, author="shop")


@pytest.mark.parametrize(
    "given", [{"phone": "abc"}, {"phone": "123"}, {"by_phone": True}, {"email": "x"}, {"email": "a@b.ru\r\nX: 1"}]
)
def test_wrong_notice_settings_are_refused(world: World, given: dict[str, Any]) -> None:
    wanted = NoticeSettings(**{"phone": "", "by_phone": False, "email": "", "by_email": True, **given})
    with pytest.raises(Malformed):
        world.client.set_notice_settings(PARTNER, world.accounts.add(""), wanted, author="shop")


def test_the_clock_of_the_tests_is_noon_in_the_partners_zone(world: World) -> None:
    assert world.clock.now() == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert world.client.notices(PARTNER).zone == "Europe/Moscow"
