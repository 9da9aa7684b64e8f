"""The demo can be seeded again from wherever an earlier start was interrupted."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from contracts.accounts import Advertiser, AdvertiserPage, IssuedKey, Partner
from contracts.errors import Conflict
from contracts.senders import Sender
from contracts.tariffs import Tariff
from golub import demo

PARTNER = Partner(id="p", name=demo.PARTNER_NAME, hosts=[demo.PARTNER_HOST], created_at="")


class Platform:
    """All four services in one: what was made once is a conflict the second time; may break at a given call."""

    def __init__(self, break_at: int | None = None) -> None:
        self.calls: list[str] = []
        self.made: set[str] = set()
        self.break_at = break_at
        self.tariffs: list[Tariff] = []

    def _call(self, name: str, *, once: bool = False) -> None:
        self.calls.append(name)
        if len(self.calls) == self.break_at:
            raise RuntimeError("interrupted")
        if once and name in self.made:
            raise Conflict(name)
        self.made.add(name)

    def create_operator(self, **_: Any) -> str:
        self._call("operator")
        return "o"

    def create_partner(self, **_: Any) -> Partner:
        self._call("partner", once=True)
        return PARTNER

    def list_partners(self) -> list[Partner]:
        return [PARTNER]

    def create_advertiser(self, _partner_id: str, new: Any) -> Advertiser:
        self._call("advertiser", once=True)
        return self._advertiser()

    def list_advertisers(self, _partner_id: str, **_: Any) -> AdvertiserPage:
        return AdvertiserPage(items=[self._advertiser()], total=1)

    def _advertiser(self) -> Advertiser:
        texts = ("login", "name", "company", "contract_number", "contract_date", "email", "phone", "zone")
        return Advertiser(
            id="a",
            partner_id="p",
            any_sender=False,
            sender_moderation="manual",
            test_mode=False,
            state="active",
            created_at="",
            last_sign_in_at=None,
            **dict.fromkeys(texts, ""),
        )

    def list_tariffs(self, owner: str) -> list[Tariff]:
        return [one for one in self.tariffs if one.owner == owner]

    def save_tariff(self, owner: str, *, name: str, tariff_id: str | None, **_: Any) -> Tariff:
        self._call("tariff")
        taken = [one for one in self.list_tariffs(owner) if one.name == name and one.id != tariff_id]
        if taken:
            raise Conflict
        made = self._tariff(owner, name)
        self.tariffs = [one for one in self.tariffs if one.id != made.id] + [made]
        return made

    @staticmethod
    def _tariff(owner: str, name: str) -> Tariff:
        return Tariff(
            id=f"{owner} {name}",
            owner=owner,
            name=name,
            rows=[],
            created_at="",
            valid_from="",
            versions=[],
            is_default=False,
            subjects=0,
        )

    def assign(self, _owner: str, *, tariff_id: str, subject_id: str, author: str) -> None:
        assert author, "history says who assigned a tariff"
        self._call("assign")

    def credit_partner(self, **_: Any) -> None:
        self._call("credit")

    def add_package(self, *_: Any, **__: Any) -> None:
        self._call("package")

    def set_level(self, *_: Any, **__: Any) -> None:
        self._call("level")

    def set_policy(self, *_: Any, **__: Any) -> None:
        self._call("policy")

    def request(self, *_: Any, **__: Any) -> Sender:
        self._call("request")
        return Sender(
            id="s",
            partner_id="p",
            advertiser_id="a",
            name=demo.SENDER,
            state="pending",
            reason="",
            requested_at="",
            decided_at=None,
            decided_by=None,
        )

    def decide(self, *_: Any, **__: Any) -> None:
        self._call("decide")

    def set_smpp_password(self, *_: Any, **__: Any) -> None:
        self._call("smpp")

    def issue_api_key(self, *_: Any, **__: Any) -> IssuedKey:
        self._call("key")
        return IssuedKey(key_id="k", key="golub_live_k_secret")


def _seed(var: Path, platform: Any) -> dict[str, Any]:
    return demo.seed(var, demo.Clients(platform, platform, platform, platform), demo.Ports(http=1, smpp=2))


STEPS = 14


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_an_interrupted_seed_goes_on_with_the_same_passwords(tmp_path: Path, step: int) -> None:
    broken = Platform(break_at=step)
    with pytest.raises(RuntimeError):
        _seed(tmp_path, broken)
    before = json.loads((tmp_path / "demo-seed.json").read_text())
    broken.break_at = None
    document = _seed(tmp_path, broken)
    assert document["partner"]["password"] == before["partner_password"]
    assert document["api_key"] == "golub_live_k_secret"


def test_a_finished_seed_only_writes_where_to_go(tmp_path: Path) -> None:
    platform = Platform()
    first = _seed(tmp_path, platform)
    count = len(platform.calls)
    assert _seed(tmp_path, platform) == first
    assert len(platform.calls) == count


def test_files_with_passwords_are_their_owners_alone(tmp_path: Path) -> None:
    _seed(tmp_path, Platform())
    for name in ("demo.json", "demo-seed.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_passwords_are_random_and_typeable() -> None:
    words = {demo.password(16) for _ in range(100)}
    assert len(words) == 100
    assert all(word.isalnum() and len(word) == 16 for word in words)
