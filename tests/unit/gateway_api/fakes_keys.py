"""Keys of advertisers' programs in memory: part of the fake accounts. An address is allowed by its very spelling."""

from dataclasses import replace
from typing import Any

from contracts.accounts_keys import KEY_PROBLEMS, SCOPES, AdvertiserKey, ApiPrincipal
from contracts.accounts_smpp import SMPP_PROBLEMS
from contracts.errors import Forbidden, Malformed, NotFound, Unauthenticated
from contracts.wire import many_to_wire, to_wire
from kit.ids import uuid7

NOW = "2026-11-22T09:15:00Z"


class FakeKeys:
    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, ApiPrincipal] = {}
        self.issued_keys: dict[str, AdvertiserKey] = {}

    def advertiser(self, partner_id: str, advertiser_id: str) -> Any:
        raise NotFound("There is no such advertiser.")

    def issue_api_key(
        self,
        partner_id: str,
        advertiser_id: str,
        name: str,
        scopes: list[str] | None = None,
        allow_list: list[str] | None = None,
        author: str = "",
    ) -> Any:
        self.advertiser(partner_id, advertiser_id)
        wrong = [index for index, one in enumerate(allow_list or []) if "." not in one and ":" not in one]
        if wrong:
            told = SMPP_PROBLEMS["network_invalid"]
            errors = [{"pointer": f"/allow_list/{index}", "code": "network_invalid", "detail": told} for index in wrong]
            raise Malformed(told, {"errors": errors})
        chosen = list(SCOPES) if scopes is None else scopes
        if not chosen:
            raise Malformed(KEY_PROBLEMS["scopes_required"])
        key_id = str(uuid7())
        key = f"golub_test_{key_id.replace('-', '')}"
        self.keys[key] = ApiPrincipal(
            key_id=key_id, advertiser_id=advertiser_id, partner_id=partner_id, zone="UTC", scopes=chosen
        )
        self.issued_keys[key_id] = AdvertiserKey(
            key_id=key_id,
            name=name,
            kind="test",
            scopes=chosen,
            allow_list=allow_list or [],
            author=author,
            created_at=NOW,
            last_used_at=None,
            withdrawn_at=None,
            withdrawn_by="",
        )
        return {"key_id": key_id, "key": key}

    def api_keys(self, partner_id: str, advertiser_id: str) -> Any:
        self.advertiser(partner_id, advertiser_id)
        own = {one.key_id for one in self.keys.values() if one.advertiser_id == advertiser_id}
        return many_to_wire(one for one in self.issued_keys.values() if one.key_id in own)

    def withdraw_api_key(self, partner_id: str, advertiser_id: str, key_id: str, author: str) -> Any:
        own = [one for one in self.keys.values() if (one.key_id, one.advertiser_id) == (key_id, advertiser_id)]
        if not own:
            raise NotFound("There is no such API key.")
        gone = replace(self.issued_keys[key_id], withdrawn_at=NOW, withdrawn_by=author)
        self.issued_keys[key_id] = gone
        return to_wire(gone)

    def authenticate_api_key(self, key: str, address: str) -> Any:
        found = self.keys.get(key)
        issued = self.issued_keys.get(found.key_id) if found else None
        if found is None or (issued is not None and issued.withdrawn_at):
            raise Unauthenticated("This API key doesn't exist or was withdrawn.")
        if issued is not None and issued.allow_list and address not in issued.allow_list:
            raise Forbidden("This API key may not be used from this address.")
        return to_wire(found)
