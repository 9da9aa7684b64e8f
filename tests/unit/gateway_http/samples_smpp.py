"""The page of an advertiser's SMPP, with plausible contents."""

from dataclasses import replace
from typing import Any

from contracts.accounts_smpp import IssuedSmppPassword, SmppAccess, SmppLogin, SmppSettings
from contracts.smpp_gateway import SmppBind
from tests.unit.gateway_http.samples import MOMENT, advertiser_page, common, uuid

SETTINGS = SmppSettings(
    enabled=True, max_binds=4, submits_per_second=200, window=100, allow_list=["192.0.2.0/24", "2001:db8::1"]
)
TYPED = {"enabled": "1", "max_binds": 4, "submits_per_second": 200, "window": 100, "allow_list": "192.0.2.0/24",
    "highest_priority": 2,
}  # fmt: skip


def _page(**changes: Any) -> dict[str, Any]:
    logins = [SmppLogin(system_id=name, created_at=MOMENT, changed_at=MOMENT) for name in ("romashka", "a<b>&c")]
    bound = SmppBind(system_id="romashka", kind="transceiver", address="192.0.2.7", secure=True, bound_at=MOMENT)
    plain = SmppBind(system_id="romashka", kind="receiver", address="2001:db8::1", secure=False, bound_at=MOMENT)
    return {
        **advertiser_page(), "access": SmppAccess(settings=SETTINGS, logins=logins), "binds": [bound, plain], "issued": None,
        "form": {}, "settings": TYPED, "errors": {}, "bad_lines": [], "dialog": "", **changes,
    }  # fmt: skip


def _own(**changes: Any) -> dict[str, Any]:
    kept = {
        name: value for name, value in _page().items() if name in ("access", "binds", "issued", "errors", "bad_lines")
    }
    where = {"host": "sms.example.ru", "port": "2775", "tls_port": "3550"}
    return {**common("advertiser"), **kept, "smpp": where, "allow_list": "192.0.2.0/24", **changes}


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    here, none = f"/admin/advertisers/{uuid(101)}/smpp", SmppAccess(settings=SETTINGS, logins=[])
    issued = IssuedSmppPassword(system_id="romashka", password="k3T9xQ2a")
    bad = {
        "errors": {"allow_list": "Исправьте строки"},
        "bad_lines": ["Строка 2, «x»: это не адрес"],
        "dialog": "settings",
    }
    wrong = {"errors": {"system_id": "Занято"}, "form": {"system_id": "romashka"}, "dialog": "login"}
    own, there = "cabinet/smpp.html", "/cabinet/smpp"
    off = SmppAccess(settings=replace(SETTINGS, enabled=False), logins=[])
    return {
        "own-smpp": (own, there, _own()),
        "own-smpp-none": (own, there, _own(access=off, binds=None)),
        "own-smpp-issued": (own, there, _own(issued=issued, binds=None)),
        "own-smpp-wrong": (own, there, _own(errors={"allow_list": "Исправьте"}, bad_lines=["Строка 2, «x»: не адрес"])),
        "advertiser-smpp": ("advertisers/smpp.html", here, _page()),
        "advertiser-smpp-none": ("advertisers/smpp.html", here, _page(access=none, binds=[])),
        "advertiser-smpp-deaf": ("advertisers/smpp.html", here, _page(binds=None)),
        "advertiser-smpp-issued": ("advertisers/smpp.html", here, _page(issued=issued)),
        "advertiser-smpp-bad-lines": ("advertisers/smpp.html", here, _page(**bad)),
        "advertiser-smpp-wrong-login": ("advertisers/smpp.html", here, _page(**wrong)),
    }
