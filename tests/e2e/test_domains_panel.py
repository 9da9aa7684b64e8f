"""A partner comes into being under a domain of its own, as the operator's pages do it and as strangers see it."""

import http.client
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from tests.e2e.platform import Platform, wait_until
from tests.e2e.visitor import ROOT, Visitor
from tests.support.pem import make

HOST = "sms.domains-panel.example"
#: The gateway asks for an unknown host again after some seconds; other tests may keep the machine busy.
PATIENCE_SECONDS = 60.0


def test_the_operator_brings_a_partner_under_its_own_domain_and_takes_it_away(
    visitor: Visitor, embedded: Platform
) -> None:
    assert _answer(embedded) == 404
    visitor.page.get("context").add_init_script((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    visitor.signs_in("operator")
    panel = f"{embedded.demo['operator']['url'].rstrip('/')}/platform"
    visitor.page.goto(f"{panel}/partners/new")
    for field, value in {"name": "ООО «Пример»", "hosts": "10.0.0.1", "login": "chief"}.items():
        visitor.fills(field, value)
    visitor.presses("Зарегистрировать партнёра")
    visitor.sees("Это IP-адрес")
    visitor.fills("hosts", HOST)
    visitor.presses("Зарегистрировать партнёра")
    visitor.sees("Сохраните пароль сейчас")
    assert visitor.looks_at("partner-registered", 390) == []
    wait_until(lambda: _answer(embedded) != 404, PATIENCE_SECONDS, "served", 1.0)

    visitor.page.get_by_role("link", name="К доменам партнёра").click()
    visitor.page.get_by_role("link", name=HOST, exact=True).click()
    now = datetime.now(UTC)
    held, other = make(HOST, now=now, ends=timedelta(days=12)), make(HOST, now=now)
    visitor.fills("chain", held.pem)
    visitor.fills("key", other.key_pem)
    visitor.presses("Сохранить сертификат")
    visitor.sees("Закрытый ключ не от этого сертификата")
    visitor.fills("key", held.key_pem)
    visitor.presses("Сохранить сертификат")
    visitor.sees("Хранится зашифрованным и не показывается")
    visitor.sees("До конца срока сертификата осталось дней: 11.")
    assert visitor.looks_at("partner-domain", 1440) == []

    visitor.presses("Удалить")
    visitor.presses("Удалить", within="#remove-domain")
    visitor.sees("Домен удалён.")
    wait_until(lambda: _answer(embedded) == 404, PATIENCE_SECONDS, "gone", 1.0)


def _answer(embedded: Platform) -> int:
    """The status that a stranger gets at the domain, whose DNS needs not exist for it."""
    where = urlsplit(embedded.demo["http"])
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        connection.request("GET", "/sign-in", headers={"Host": HOST})
        return connection.getresponse().status
    finally:
        connection.close()
