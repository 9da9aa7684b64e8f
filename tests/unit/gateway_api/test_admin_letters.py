"""«Отправка писем», «Оповещения», «Письма», their fates, and «Часовые пояса»."""

from typing import Any

import pytest

from contracts.notify_settings import LetterFate, MailTrial
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import OTHER_HOST, HostClient, World

MAIL, NOTICES, ZONES = "/admin/settings/mail", "/admin/settings/notices", "/admin/settings/zones"
LETTERS, SENT = "/admin/settings/letters", "/admin/settings/letters/sent"
SERVER = {"sender": "sms@example.ru", "host": "smtp.example.ru", "port": "587", "security": "starttls"}
SERVER |= {"username": "sms", "password": "very-secret", "version": "0"}


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def test_a_mail_server_is_saved_and_its_password_is_never_shown(world: World, boss: HostClient) -> None:
    page = boss.get(MAIL).text
    for label in ("E-mail отправителя служебных писем", "Адрес SMTP-сервера", "Порт SMTP-сервера", "Пользователь"):
        assert label in page
    assert boss.submit(MAIL, **SERVER).status_code == 303
    assert world.platform.notify.mails[world.partner_id].host == "smtp.example.ru"
    assert world.platform.notify.mail_passwords[world.partner_id] == "very-secret"
    assert "very-secret" not in boss.get(MAIL).text and "very-secret" not in boss.submit(MAIL, **SERVER).text
    assert world.signed_in("rival", OTHER_HOST).get(MAIL).text.count("smtp.example.ru") == 1  # The hint.


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", "0"),
        ("port", "x"),
        ("host", "169.254.169.254"),
        ("host", "<script>"),
        ("sender", "a@b.ru\r\nBcc: x@y.ru"),
        ("sender", ""),
        ("security", "ssl"),
        ("username", ""),
    ],
)
def test_a_wrong_mail_server_is_told_at_its_field(world: World, boss: HostClient, field: str, value: str) -> None:
    answer = boss.submit(MAIL, **{**SERVER, field: value})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text and "<script>" not in answer.text.partition("<main")[2]
    assert world.platform.notify.mails == {}


def test_who_saves_late_is_told_who_was_faster_and_keeps_what_was_typed(world: World, boss: HostClient) -> None:
    boss.submit(MAIL, **SERVER)
    answer = boss.submit(MAIL, **{**SERVER, "sender": "late@example.ru"})
    assert answer.status_code == 422
    assert "boss" in answer.text and "22.11.2026 12:15" in answer.text and "late@example.ru" in answer.text


def test_a_trial_tells_in_words_what_came_of_it(world: World, boss: HostClient) -> None:
    notify = world.platform.notify
    answer = boss.submit(MAIL, f"{MAIL}/try", **SERVER, recipient="me@example.ru")
    assert answer.status_code == 200 and "me@example.ru" in answer.text and notify.mails == {}
    notify.trial = MailTrial(trouble="auth_refused", words="535 5.7.8 <no>")
    answer = boss.submit(MAIL, f"{MAIL}/try", **SERVER, recipient="me@example.ru")
    assert "Сервер не принял пользователя или пароль (535 5.7.8 &lt;no&gt;)" in answer.text
    assert boss.submit(MAIL, f"{MAIL}/try", **SERVER, recipient="nobody").status_code == 422
    assert len(notify.trials) == 2


def test_notices_are_saved_with_the_partners_zone(world: World, boss: HostClient) -> None:
    page = boss.get(NOTICES).text
    for label in ("Оповещение пользователей", "Подпись служебных SMS-сообщений", "Подпись тестовых SMS-сообщений"):
        assert label in page
    for label in ("Текст сообщения о начислении средств", "Оповещение администратора", "Время отправки E-mail"):
        assert label in page
    given = {"service_signature": "EXAMPLE", "mail_from": "09:00", "mail_to": "18:00", "version": "0"}
    assert boss.submit(NOTICES, **given).status_code == 303
    saved = world.platform.notify.told[world.partner_id]
    assert (saved.mail_from, saved.mail_to, saved.zone) == ("09:00", "18:00", "Europe/Moscow")
    for wrong in ({"mail_to": ""}, {"service_signature": "СМС"}, {"mail_from": "25:99"}):
        assert boss.submit(NOTICES, **{**given, "version": "1", **wrong}).status_code == 422


def test_the_offered_zones_are_what_the_form_of_a_new_advertiser_offers(world: World, boss: HostClient) -> None:
    page = boss.get(ZONES).text
    assert "Часовой пояс по умолчанию" in page and page.count('name="offered"') >= 16
    given: dict[str, Any] = {"default_zone": "Asia/Omsk", "version": "0", "csrf_token": boss.csrf_token(ZONES)}
    assert boss.post(ZONES, data={**given, "offered": ["Asia/Omsk", "UTC"]}).status_code == 303
    form = boss.get("/admin/advertisers/new").text
    assert '<option value="Asia/Omsk" selected>' in form and "Europe/Moscow" not in form
    for wrong in ([], ["UTC"]):
        assert boss.post(ZONES, data={**given, "offered": wrong, "version": "1"}).status_code == 422


def test_a_letter_is_previewed_saved_and_reset(world: World, boss: HostClient) -> None:
    page = boss.get(LETTERS + "?letter=recovery").text
    assert "Заголовок письма" in page and "Текст письма" in page and "{FORGET}" in page
    given = {"letter": "recovery", "subject": "Пароль", "text": "{NAME}: {FORGET} <b>", "version": "0"}
    preview = boss.submit(LETTERS, f"{LETTERS}/preview", **given)
    assert "ООО «Пример»: https://lk.example.ru/recovery/… &lt;b&gt;" in preview.text and "<html" not in preview.text
    assert boss.submit(LETTERS, **given).status_code == 303
    assert world.platform.notify.texts[world.partner_id, "recovery"].text == "{NAME}: {FORGET} <b>"
    assert boss.submit(LETTERS, f"{LETTERS}/reset", letter="recovery", version="1").status_code == 303
    assert world.platform.notify.texts[world.partner_id, "recovery"].own is False
    assert boss.get(LETTERS + "?letter=invoice").status_code == 404


def test_an_unknown_placeholder_is_refused_by_its_name(world: World, boss: HostClient) -> None:
    given = {"letter": "small_balance", "subject": "Мало", "text": "{NAME} {PASSWORD} {дата}", "version": "0"}
    answer = boss.submit(LETTERS, **given)
    assert answer.status_code == 422 and "{PASSWORD}, {дата}: этого в письме нет" in answer.text
    assert "{PASSWORD}" in boss.submit(LETTERS, f"{LETTERS}/preview", **given).text
    assert world.platform.notify.texts == {}


def letter(state: str, error: str = "", resendable: bool = False) -> LetterFate:
    return LetterFate(
        id=str(uuid7()), advertiser_id=None, kind="recovery", recipient="a@example.ru", subject="Пароль", state=state,
        attempts=1, error=error, created_at="2026-11-22T09:15:00Z", due_at="2026-11-22T09:15:00Z", sent_at=None,
        resendable=resendable,
    )  # fmt: skip


def test_the_fates_of_letters_are_told_in_words_and_failed_ones_sent_again(world: World, boss: HostClient) -> None:
    assert "Писем пока нет" in boss.get(SENT).text
    failed = letter("failed", "The mail server refused the recipient: 550 <no such>", resendable=True)
    gone = letter("failed", "Too late: nobody needs the letter any more")
    world.platform.notify.sent[world.partner_id] = [failed, gone]
    page = boss.get(SENT + "?q=a&state=failed&kind=recovery&page=x").text
    assert "Почтовый сервер не принял адрес получателя: 550 &lt;no such&gt;" in page and page.count("/again") == 1
    asked = world.platform.notify.queries[-1]
    assert (asked.search, asked.state, asked.kind, asked.partner_id) == ("a", "failed", "recovery", world.partner_id)
    rival = world.signed_in("rival", OTHER_HOST)
    for client, one in ((rival, failed.id), (boss, str(uuid7()))):
        token = {"csrf_token": client.csrf_token(MAIL)}
        assert client.post(f"{SENT}/{one}/again", data=token).status_code == 404
    assert failed.state == "failed"
    token = {"csrf_token": boss.csrf_token(MAIL)}
    assert boss.post(f"{SENT}/{gone.id}/again", data=token).status_code == 303
    assert boss.post(f"{SENT}/{failed.id}/again", data=token).status_code == 303
    assert failed.state == "waiting" and "a@example.ru" in boss.get(SENT).text
