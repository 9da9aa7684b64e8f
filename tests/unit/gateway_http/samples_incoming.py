"""Pages of what people write, of numbers and of the stop list, with plausible contents."""

from dataclasses import replace
from typing import Any

from contracts.notify import Destination, WebhookFate
from contracts.smpp_incoming import IncomingKeyword, IncomingNumber, IncomingView, StopEntry, StopWords
from tests.unit.gateway_http.samples import MOMENT, PARTNER, advertiser_page, advertisers, common, partners, uuid


def messages() -> list[IncomingView]:
    first = IncomingView(
        id=uuid(801), advertiser_id=uuid(101), number="1234", sender="79123456789", text="Записать на завтра",
        keyword="салон", kind="message", parts=1, parts_total=1, received_at=MOMENT, repeat_of=None, smpp="waiting",
    )  # fmt: skip
    return [
        first,
        replace(first, id=uuid(802), text="СТОП", keyword="", kind="stop", smpp="delivered"),
        replace(first, id=uuid(803), text="START <b>", kind="start", smpp="", parts=1, parts_total=3),
        replace(first, id=uuid(804), repeat_of=uuid(801), smpp=""),
    ]


def fates() -> dict[str, WebhookFate]:
    return {
        uuid(801): WebhookFate(id=uuid(801), state="waiting", attempts=3, error="HTTP 500"),
        uuid(802): WebhookFate(id=uuid(802), state="sent", attempts=1, error=""),
    }


def numbers() -> list[IncomingNumber]:
    words = [
        IncomingKeyword(keyword="салон", advertiser_id=uuid(101)),
        IncomingKeyword(keyword="шины", advertiser_id=uuid(102)),
    ]
    return [
        IncomingNumber(number="1234", partner_id=PARTNER, advertiser_id=None, keywords=words),
        IncomingNumber(number="79160000001", partner_id=None, advertiser_id=uuid(101), keywords=[]),
    ]


def stops() -> list[StopEntry]:
    return [
        StopEntry(recipient="79123456780", reason="word", author="", at=MOMENT),
        StopEntry(recipient="79123456789", reason="manual", author="pavel", at=MOMENT),
    ]


def _tab(**changes: Any) -> dict[str, Any]:
    place = Destination(
        url="https://shop.example/sms", secret="whsec_example", email="a@shop.example", states=True, failures=2,
        error="HTTP 500",
    )  # fmt: skip
    return {
        **advertiser_page(), "numbers": numbers(), "owners": {one.id: one for one in advertisers()}, "smpp": True,
        "destination": place, "form": {}, "errors": {}, "dialog": "", **changes,
    }  # fmt: skip


def _desk(**changes: Any) -> dict[str, Any]:
    return {
        **common("operator"), "numbers": numbers(), "partners": partners(),
        "partner_options": [(one.id, one.name) for one in partners()], "words": StopWords(stop=["СТОП"], start=["START"]),
        "messages": messages()[:1], "next_cursor": "next", "filters": {"q": "", "cursor": None}, "form": {}, "errors": {},
        "dialog": "", **changes,
    }  # fmt: skip


def _list(**changes: Any) -> dict[str, Any]:
    filters = {"q": "", "cursor": None}
    return {**common("advertiser"), "next_cursor": "next", "filters": filters, "form": {}, "errors": {}, **changes}


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    here = f"/admin/advertisers/{uuid(101)}/incoming"
    bad = {"form": {"number": "1234", "keyword": "два слова"}, "errors": {"keyword": "Одно слово"}, "dialog": "owner"}
    wrong = {"form": {"url": "ftp://x"}, "errors": {"url": "Это не адрес"}, "dialog": "destination"}
    searched = {"q": "77", "cursor": "7"}
    return {
        "advertiser-incoming": ("advertisers/incoming.html", here, _tab()),
        "advertiser-incoming-none": ("advertisers/incoming.html", here, _tab(numbers=[], destination=None)),
        "advertiser-incoming-wrong": ("advertisers/incoming.html", here, _tab(**bad)),
        "advertiser-destination-wrong": ("advertisers/incoming.html", here, _tab(**wrong)),
        "cabinet-incoming": ("cabinet/incoming.html", "/cabinet/incoming", _list(messages=messages(), webhooks=fates())),
        "cabinet-incoming-none": ("cabinet/incoming.html", "/cabinet/incoming", _list(messages=[], webhooks={})),
        "cabinet-incoming-not-found": ("cabinet/incoming.html", "/cabinet/incoming", _list(messages=[], webhooks={}, filters=searched)),
        "stop-list": ("cabinet/stop_list.html", "/cabinet/stop-list", _list(entries=stops(), filters=searched)),
        "stop-list-none": ("cabinet/stop_list.html", "/cabinet/stop-list", _list(entries=[])),
        "stop-list-not-found": ("cabinet/stop_list.html", "/cabinet/stop-list", _list(entries=[], filters=searched)),
        "stop-list-wrong": ("cabinet/stop_list.html", "/cabinet/stop-list", _list(entries=stops(), form={"recipients": "x"}, errors={"recipients": "Это не номер"})),
        "platform-incoming": ("platform/incoming.html", "/platform/incoming", _desk()),
        "platform-incoming-none": ("platform/incoming.html", "/platform/incoming", _desk(numbers=[], messages=[])),
        "platform-incoming-wrong": ("platform/incoming.html", "/platform/incoming", _desk(form={"number": "x"}, errors={"number": "Это не номер"}, dialog="number")),
        "platform-words-wrong": ("platform/incoming.html", "/platform/incoming", _desk(form={"stop": "!", "start": ""}, errors={"form": "Это не слово"}, dialog="words")),
    }  # fmt: skip
