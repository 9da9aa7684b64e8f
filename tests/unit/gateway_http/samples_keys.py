"""Contexts of the pages of API keys: the operator's and an advertiser's."""

from typing import Any

from contracts.accounts_keys import AdvertiserKey, IssuedKey
from contracts.accounts_operator import IssuedOperatorKey, OperatorKey
from gateway_http.cabinet.keys import SCOPE_NAMES
from gateway_http.platform.keys import SCOPES
from tests.unit.gateway_http.samples import MOMENT, common

USED = OperatorKey(
    key_id="Xq3", name="Развёртывание", manages=True, allow_list=["192.0.2.0/24", "2001:db8::1"], author="root",
    created_at=MOMENT, last_used_at=MOMENT, withdrawn_at=None, withdrawn_by="",
)  # fmt: skip
GONE = OperatorKey(
    key_id="Xq4", name="Наблюдение", manages=False, allow_list=[], author="root", created_at=MOMENT, last_used_at=None,
    withdrawn_at=MOMENT, withdrawn_by="root",
)  # fmt: skip


def _page(**changes: Any) -> dict[str, Any]:
    form = {"scope": "read"}
    context = {"keys": [USED, GONE], "scopes": SCOPES, "issued": None, "form": form, "errors": {}, "bad_lines": []}
    return {**common("operator"), **context, **changes}


OWN = AdvertiserKey(
    key_id="Ab1", name="Магазин <b>", kind="test", scopes=["send", "read"], allow_list=["192.0.2.0/24"], author="romashka",
    created_at=MOMENT, last_used_at=MOMENT, withdrawn_at=None, withdrawn_by="",
)  # fmt: skip
OLD = AdvertiserKey(
    key_id="Ab2", name="Склад", kind="", scopes=["send", "read", "money"], allow_list=[], author="", created_at=MOMENT,
    last_used_at=None, withdrawn_at=MOMENT, withdrawn_by="romashka",
)  # fmt: skip


def _own(**changes: Any) -> dict[str, Any]:
    form = {"scope_send": "1"}
    context = {"keys": [OWN, OLD], "scopes": SCOPE_NAMES, "issued": None, "form": form, "errors": {}, "bad_lines": []}
    return {**common("advertiser"), **context, **changes}


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    own, there = "cabinet/api_keys.html", "/cabinet/api-keys"
    name, here = "platform/api_keys.html", "/platform/api-keys"
    issued = IssuedOperatorKey(key_id="Xq3", key="golub_operator_Xq3_secret")
    wrong = {"name": "Заполните поле", "allow_list": "Ничего не сохранено: исправьте эти строки."}
    return {
        "own-keys": (own, there, _own()),
        "own-keys-none": (own, there, _own(keys=[])),
        "own-keys-issued": (own, there, _own(issued=IssuedKey(key_id="k7", key="golub_test_k7_not-a-real-key"))),
        "own-keys-wrong": (own, there, _own(errors={**wrong, "scopes": "Выберите"}, bad_lines=["Строка 1"])),
        "api-keys": (name, here, _page()),
        "api-keys-none": (name, here, _page(keys=[])),
        "api-keys-issued": (name, here, _page(issued=issued)),
        "api-keys-wrong": (name, here, _page(errors=wrong, bad_lines=["Строка 1, «x»: это не адрес"])),
    }
