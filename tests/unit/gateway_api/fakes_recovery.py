"""The fake of forgotten passwords and of the zones that partners offer."""

from typing import Any

from contracts.accounts import PROBLEMS
from contracts.accounts_recovery import Recovery
from contracts.accounts_zones import ZoneSettings
from contracts.errors import Malformed, NotFound, TooManyRequests
from contracts.wire import to_wire
from services.notify.mail_settings import changed_meanwhile

NOW = "2026-11-22T09:15:00Z"


class FakeRecovery:
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.tired = False
        #: (host, token) -> login
        self.links: dict[tuple[str, str], str] = {}
        self.recovered: dict[str, str] = {}
        self.zones: dict[str, ZoneSettings] = {}

    def ask_recovery(self, host: str, wanted: str, address: str) -> None:
        if self.tired:
            raise TooManyRequests("Too many attempts: try again later.", {"retry_after_seconds": 60})
        self.asked.append((host, wanted))

    def recovery(self, host: str, token: str) -> Any:
        if (host, token) not in self.links:
            raise NotFound(PROBLEMS["recovery_ended"])
        return to_wire(Recovery(login=self.links[host, token], expires_at="2099-01-01T00:00:00Z"))

    def recover(self, host: str, token: str, password: str) -> None:
        self.recovery(host, token)
        if len(password) < 8:
            detail = PROBLEMS["password_too_short"]
            error = {"pointer": "/password", "code": "password_too_short", "detail": detail}
            raise Malformed(detail, {"errors": [error]})
        self.recovered[self.links.pop((host, token))] = password

    def zone_settings(self, partner_id: str) -> Any:
        return to_wire(self.zones.get(partner_id, ZoneSettings(offered=[], default_zone="")))

    def set_zone_settings(
        self, partner_id: str, offered: list[str], default_zone: str, version: int, author: str
    ) -> Any:
        now = self.zones.get(partner_id, ZoneSettings(offered=[], default_zone=""))
        if default_zone not in offered:
            detail = PROBLEMS["zone_not_offered"]
            error = {"pointer": "/default_zone", "code": "zone_not_offered", "detail": detail}
            raise Malformed(detail, {"errors": [error]})
        if now.version != version:
            raise changed_meanwhile(now.author, now.changed_at or NOW)
        self.zones[partner_id] = ZoneSettings(
            offered=offered, default_zone=default_zone, version=version + 1, author=author, changed_at=NOW
        )
        return self.zone_settings(partner_id)
