"""The fake of accounts' advertisers, of their list, of exports and of preferences."""

from base64 import b64decode, b64encode
from dataclasses import replace
from typing import Any

from contracts import accounts
from contracts.accounts_advertiser_lists import (
    AdvertiserQuery,
    AdvertisersChange,
    AdvertisersChanged,
    ManagerChoice,
    NotChanged,
)
from contracts.accounts_advertisers import AdvertiserChange
from contracts.accounts_exports import EXPORT_PART_BYTES, Export
from contracts.errors import PROBLEMS, Conflict, Malformed, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.ids import uuid7

NOW = "2026-11-22T09:15:00Z"


class FakeAdvertisers:
    sellers: dict[str, accounts.Partner]
    people: dict[tuple[str, str], tuple[str, accounts.Principal]]

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, accounts.Advertiser] = {}
        self.offered_managers: dict[str, list[ManagerChoice]] = {}
        self.liked: dict[tuple[str, str], dict[str, Any]] = {}
        self.made_files: dict[str, tuple[str, Export, bytes]] = {}

    def create_advertiser(self, partner_id: str, new: Any) -> Any:
        asked = from_wire(accounts.NewAdvertiser, new)
        if len(asked.password) < 8:
            error = {"pointer": "/password", "code": "too_short", "detail": "A password has at least 8 characters"}
            raise Malformed("One field is wrong.", {"errors": [error]})
        if asked.id in self.known:
            return to_wire(self.known[asked.id])
        if any(one.login == asked.login for one in self.known.values()):
            raise Conflict("This login is taken.")
        fields = {**to_wire(asked), "id": asked.id or str(uuid7())}
        fields |= {"partner_id": partner_id, "state": "active", "created_at": NOW}
        fields["manager_id"] = asked.manager_id or None
        password = fields.pop("password")
        fields.pop("send_letter")
        made = accounts.Advertiser(**fields, last_sign_in_at=None)
        self.known[made.id] = made
        for host in self.sellers[partner_id].hosts:
            self.people[host, made.login] = (password, _principal(made))
        return to_wire(made)

    def advertiser(self, partner_id: str, advertiser_id: str) -> Any:
        return to_wire(self._own(partner_id, advertiser_id))

    def _own(self, partner_id: str, advertiser_id: str) -> accounts.Advertiser:
        found = self.known.get(advertiser_id)
        if found is None or found.partner_id != partner_id:
            raise NotFound("There is no such advertiser.")
        return found

    def advertisers(self, ids: list[str]) -> Any:
        return many_to_wire(self.known[one] for one in ids if one in self.known)

    def change_advertiser(self, partner_id: str, advertiser_id: str, change: Any, version: int, author: str) -> Any:
        found, asked = self._own(partner_id, advertiser_id), from_wire(AdvertiserChange, change)
        if found.version != version:
            problem = {"pointer": "/version", "code": "changed_meanwhile", "detail": PROBLEMS["changed_meanwhile"]}
            who = {"changed_by": found.changed_by, "changed_at": found.changed_at}
            raise Conflict(problem["detail"], {"errors": [problem], **who})
        values = to_wire(asked) | {"manager_id": asked.manager_id or None}
        values |= {"version": version + 1, "changed_by": author, "changed_at": NOW}
        self.known[found.id] = replace(found, **values)
        return to_wire(self.known[found.id])

    def set_advertiser_state(self, partner_id: str, advertiser_id: str, state: str) -> Any:
        self.known[advertiser_id] = replace(self._own(partner_id, advertiser_id), state=state)
        return to_wire(self.known[advertiser_id])

    def set_advertiser_password(self, partner_id: str, advertiser_id: str, password: str) -> None:
        found = self._own(partner_id, advertiser_id)
        for host in self.sellers[partner_id].hosts:
            self.people[host, found.login] = (password, _principal(found))

    def list_advertisers(self, partner_id: str, search: str, page: int, page_size: int) -> Any:
        return self.find_advertisers(partner_id, to_wire(AdvertiserQuery(search=search)), page, page_size)

    def find_advertisers(self, partner_id: str, query: Any, page: int, page_size: int) -> Any:
        own = self._found(partner_id, from_wire(AdvertiserQuery, query))
        items = many_to_wire(own[(page - 1) * page_size : page * page_size])
        return {"items": items, "total": len(own), "more": False}

    def run_of_advertisers(self, partner_id: str, query: Any, cursor: str | None, limit: int) -> Any:
        own, start = self._found(partner_id, from_wire(AdvertiserQuery, query)), int(cursor or 0)
        rest = own[start : start + limit]
        return {"items": many_to_wire(rest), "next_cursor": str(start + limit) if len(own) > start + limit else None}

    def _found(self, partner_id: str, query: AdvertiserQuery) -> list[accounts.Advertiser]:
        own = [
            one
            for one in self.known.values()
            if one.partner_id == partner_id
            and query.search in one.login + one.company
            and query.state in ("", one.state)
            and query.test_mode in (None, one.test_mode)
            and (query.ids is None or one.id in query.ids)
        ]
        return sorted(own, key=lambda one: one.id, reverse=True)

    def change_advertisers(self, partner_id: str, change: Any, author: str, ids: Any, query: Any) -> Any:
        asked = from_wire(AdvertisersChange, change)
        if query is not None:
            ids = [one.id for one in self._found(partner_id, from_wire(AdvertiserQuery, query))]
        values: dict[str, Any] = {
            "block": {"state": "blocked"},
            "unblock": {"state": "active"},
            "let_out": {"test_mode": False},
            "assign_manager": {"manager_id": asked.manager_id or None},
        }[asked.action]
        changed, unchanged = [], []
        for one in ids:
            found = self.known.get(one)
            if found is None or found.partner_id != partner_id:
                unchanged.append(NotChanged(id=one, login="", why="absent"))
            elif all(getattr(found, name) == value for name, value in values.items()):
                unchanged.append(NotChanged(id=one, login=found.login, why="already"))
            else:
                self.known[one] = replace(found, **values)
                changed.append(one)
        return to_wire(AdvertisersChanged(changed_ids=changed, unchanged=unchanged, unchanged_count=len(unchanged)))

    def manager_choices(self, partner_id: str) -> Any:
        return many_to_wire(self.offered_managers.get(partner_id, []))

    # Files and preferences

    def begin_export(self, partner_id: str | None, user_id: str, kind: str, name: str, total: int) -> Any:
        moments = {"created_at": NOW, "expires_at": NOW}
        made = Export(id=str(uuid7()), kind=kind, name=name, state="running", done=0, total=total, octets=0, **moments)
        self.made_files[made.id] = (user_id, made, b"")
        return to_wire(made)

    def tell_export(self, partner_id: str | None, user_id: str, export_id: str, done: int) -> None:
        self._export(user_id, export_id)[1].done = done

    def add_export_part(self, partner_id: str | None, user_id: str, export_id: str, number: int, contents: str) -> None:
        owner, made, before = self._export(user_id, export_id)
        self.made_files[export_id] = (owner, made, before + b64decode(contents))

    def end_export(self, partner_id: str | None, user_id: str, export_id: str, ready: bool) -> Any:
        _, made, contents = self._export(user_id, export_id)
        made.state, made.octets = "ready" if ready else "failed", len(contents)
        return to_wire(made)

    def export(self, partner_id: str | None, user_id: str, export_id: str) -> Any:
        return to_wire(self._export(user_id, export_id)[1])

    def export_part(self, partner_id: str | None, user_id: str, export_id: str, number: int) -> str:
        contents = self._export(user_id, export_id)[2][number * EXPORT_PART_BYTES : (number + 1) * EXPORT_PART_BYTES]
        if not contents:
            raise NotFound("There is no such file.")
        return b64encode(contents).decode()

    def exports(self, partner_id: str | None, user_id: str) -> Any:
        return many_to_wire(made for owner, made, _ in self.made_files.values() if owner == user_id)

    def _export(self, user_id: str, export_id: str) -> tuple[str, Export, bytes]:
        found = self.made_files.get(export_id)
        if found is None or found[0] != user_id:
            raise NotFound("There is no such file.")
        return found

    def preference(self, partner_id: str | None, user_id: str, name: str) -> Any:
        return self.liked.get((user_id, name), {})

    def set_preference(self, partner_id: str | None, user_id: str, name: str, value: dict[str, Any]) -> None:
        self.liked[user_id, name] = value


def _principal(one: accounts.Advertiser) -> accounts.Principal:
    return accounts.Principal(
        user_id=str(uuid7()),
        role="advertiser",
        login=one.login,
        display_name=one.login,
        partner_id=one.partner_id,
        advertiser_id=one.id,
        zone="Europe/Moscow",
    )
