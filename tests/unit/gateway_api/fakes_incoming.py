"""What people write and the stop list, in memory: part of the fake smpp_gateway."""

from typing import Any

from contracts import smpp_incoming as contract
from contracts.errors import Malformed, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire


class FakeIncoming:
    """Every number of digits is one; a recipient too."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[contract.IncomingView] = []
        self.numbers: dict[str, contract.IncomingNumber] = {}
        self.stopped: dict[tuple[str, str], contract.StopEntry] = {}
        self.forwarded: dict[str, contract.Forwarding] = {}
        self.words = contract.StopWords(stop=["STOP"], start=["START"])

    def incoming(self, advertiser_id: str | None, cursor: str | None, limit: int, search: str) -> Any:
        own = [one for one in self.came if one.advertiser_id == advertiser_id and search in one.sender]
        rest = [one for one in sorted(own, key=lambda one: one.id, reverse=True) if cursor is None or one.id < cursor]
        more = len(rest) > limit
        return {"items": many_to_wire(rest[:limit]), "next_cursor": rest[limit - 1].id if more else None}

    def incoming_of_nobody(self, cursor: str | None, limit: int, search: str) -> Any:
        return self.incoming(None, cursor, limit, search)

    def incoming_numbers(self, partner_id: str | None) -> Any:
        return many_to_wire(one for one in self.numbers.values() if partner_id in (None, one.partner_id))

    def put_incoming_number(self, number: str, partner_id: str | None, author: str) -> Any:
        _digits([number], "/number", "number_invalid")
        self.numbers[number] = contract.IncomingNumber(
            number=number, partner_id=partner_id, advertiser_id=None, keywords=[]
        )
        return to_wire(self.numbers[number])

    def drop_incoming_number(self, number: str) -> None:
        if self.numbers.pop(number, None) is None:
            raise NotFound("There is no such object.")

    def set_incoming_owner(
        self, partner_id: str, number: str, keyword: str, advertiser_id: str | None, author: str
    ) -> Any:
        known = self.numbers.get(number)
        if known is None or known.partner_id != partner_id:
            raise NotFound("There is no such object.")
        if " " in keyword:
            raise _malformed("/keyword", "keyword_invalid")
        if not keyword:
            known.advertiser_id = advertiser_id
        else:
            known.keywords = [one for one in known.keywords if one.keyword != keyword]
            if advertiser_id:
                known.keywords.append(contract.IncomingKeyword(keyword=keyword, advertiser_id=advertiser_id))
        return to_wire(known)

    def forwarding(self, advertiser_id: str) -> Any:
        return to_wire(self.forwarded.get(advertiser_id, contract.Forwarding(smpp=True, states=False)))

    def set_forwarding(self, partner_id: str, advertiser_id: str, change: Any) -> None:
        self.forwarded[advertiser_id] = from_wire(contract.Forwarding, change)

    def stop_list(self, advertiser_id: str, cursor: str | None, limit: int, search: str) -> Any:
        own = sorted(number for owner, number in self.stopped if owner == advertiser_id and search in number)
        rest = [number for number in own if number > (cursor or "")]
        items = [self.stopped[advertiser_id, number] for number in rest[:limit]]
        return {"items": many_to_wire(items), "next_cursor": rest[limit - 1] if len(rest) > limit else None}

    def stop_add(self, advertiser_id: str, recipients: list[str], author: str) -> int:
        _digits(recipients, "/recipients/{}", "recipient_invalid")
        new = [one for one in recipients if (advertiser_id, one) not in self.stopped]
        for one in new:
            entry = contract.StopEntry(recipient=one, reason="manual", author=author, at="2026-11-22T09:15:00Z")
            self.stopped[advertiser_id, one] = entry
        return len(new)

    def stop_remove(self, advertiser_id: str, recipients: list[str]) -> int:
        _digits(recipients, "/recipients/{}", "recipient_invalid")
        return sum(self.stopped.pop((advertiser_id, one), None) is not None for one in recipients)

    def stop_words(self) -> Any:
        return to_wire(self.words)

    def set_stop_words(self, words: Any) -> Any:
        self.words = from_wire(contract.StopWords, words)
        return to_wire(self.words)


def _digits(given: list[str], pointer: str, code: str) -> None:
    bad = [index for index, one in enumerate(given) if not one.isdigit()]
    if bad:
        raise _malformed(pointer.format(bad[0]), code)


def _malformed(pointer: str, code: str) -> Malformed:
    sentence = contract.PROBLEMS[code]
    return Malformed(sentence, {"errors": [{"pointer": pointer, "code": code, "detail": sentence}]})
