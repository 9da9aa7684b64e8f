"""Keys of the operator's programs in memory: part of the fake accounts."""

from dataclasses import replace
from typing import Any

from contracts.accounts import PROBLEMS
from contracts.accounts_operator import OperatorKey, OperatorPrincipal
from contracts.errors import Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from contracts.wire import many_to_wire, to_wire

NOW = "2026-11-22T09:15:00Z"


class FakeOperatorKeys:
    """An address is allowed by its very spelling."""

    def __init__(self) -> None:
        super().__init__()
        self.operator_secrets: dict[str, OperatorKey] = {}

    def issue_operator_key(self, name: str, manages: bool, allow_list: list[str], author: str) -> Any:
        wrong = [index for index, one in enumerate(allow_list) if "." not in one and ":" not in one]
        if wrong:
            told = PROBLEMS["network_invalid"]
            errors = [{"pointer": f"/allow_list/{index}", "code": "network_invalid", "detail": told} for index in wrong]
            raise Malformed(told, {"errors": errors})
        if any(one.name == name and one.withdrawn_at is None for one in self.operator_secrets.values()):
            told = PROBLEMS["operator_key_name_taken"]
            errors = [{"pointer": "/name", "code": "operator_key_name_taken", "detail": told}]
            raise Conflict(told, {"errors": errors})
        key_id = f"key{len(self.operator_secrets)}"
        key = f"golub_operator_{key_id}"
        self.operator_secrets[key] = OperatorKey(
            key_id=key_id, name=name, manages=manages, allow_list=allow_list, author=author, created_at=NOW,
            last_used_at=None, withdrawn_at=None, withdrawn_by="",
        )  # fmt: skip
        return {"key_id": key_id, "key": key}

    def operator_keys(self) -> Any:
        return many_to_wire(sorted(self.operator_secrets.values(), key=lambda one: one.withdrawn_at or ""))

    def withdraw_operator_key(self, key_id: str, author: str) -> Any:
        for key, one in self.operator_secrets.items():
            if one.key_id == key_id:
                self.operator_secrets[key] = replace(one, withdrawn_at=NOW, withdrawn_by=author)
                return to_wire(self.operator_secrets[key])
        raise NotFound("There is no such API key.")

    def authenticate_operator_key(self, key: str, address: str) -> Any:
        found = self.operator_secrets.get(key)
        if found is None or found.withdrawn_at:
            raise Unauthenticated("This API key doesn't exist or was withdrawn.")
        if found.allow_list and address not in found.allow_list:
            raise Forbidden("This API key may not be used from this address.")
        return to_wire(OperatorPrincipal(key_id=found.key_id, name=found.name, manages=found.manages))
