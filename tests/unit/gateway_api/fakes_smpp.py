"""The fake of SMPP logins and settings, which judges settings by the rules of accounts."""

from typing import Any

from contracts.accounts_smpp import (
    IssuedSmppPassword,
    SmppAccess,
    SmppLogin,
    SmppSession,
    SmppSettings,
    SmppStanding,
)
from contracts.batches import batch_from_wire, batch_to_wire
from contracts.errors import Unauthenticated
from contracts.wire import from_wire, to_wire
from services.accounts import smpp

NOW = "2026-11-22T09:15:00Z"


class FakeSmppAccounts:
    """A part of `FakeAccounts`, which knows advertisers."""

    advertiser: Any

    def __init__(self) -> None:
        super().__init__()
        self.smpp_settings: dict[str, SmppSettings] = {}
        self.smpp_logins: dict[tuple[str, str], str] = {}
        self.issued = 0

    def authenticate_smpp(self, system_id: str, password: str, address: str) -> Any:
        raise Unauthenticated

    def smpp_standings(self, items: Any) -> Any:
        """Nobody is bound through the fake."""
        return batch_to_wire(
            SmppStanding(refusal="gone", max_binds=0, submits_per_second=0, window=0)
            for _ in batch_from_wire(SmppSession, items)
        )

    def smpp_access(self, partner_id: str, advertiser_id: str) -> Any:
        self.advertiser(partner_id, advertiser_id)
        known = [name for owner, name in self.smpp_logins if owner == advertiser_id]
        logins = [SmppLogin(system_id=name, created_at=NOW, changed_at=NOW) for name in known]
        return to_wire(SmppAccess(settings=self.smpp_settings.get(advertiser_id, smpp.DEFAULTS), logins=logins))

    def set_smpp_settings(self, partner_id: str, advertiser_id: str, settings: Any, author: str) -> Any:
        self.advertiser(partner_id, advertiser_id)
        self.smpp_settings[advertiser_id] = smpp.checked(from_wire(SmppSettings, settings))
        return to_wire(self.smpp_settings[advertiser_id])

    def set_smpp_password(self, partner_id: str, advertiser_id: str, system_id: str, password: str) -> None:
        self.advertiser(partner_id, advertiser_id)
        smpp.check_login(system_id, password)
        self.smpp_logins[advertiser_id, system_id] = password

    def issue_smpp_password(self, partner_id: str, advertiser_id: str, system_id: str) -> Any:
        self.issued += 1
        password = f"issued{self.issued:02d}"
        self.set_smpp_password(partner_id, advertiser_id, system_id, password)
        return to_wire(IssuedSmppPassword(system_id=system_id, password=password))

    def remove_smpp_login(self, partner_id: str, advertiser_id: str, system_id: str) -> None:
        self.advertiser(partner_id, advertiser_id)
        self.smpp_logins.pop((advertiser_id, system_id), None)
