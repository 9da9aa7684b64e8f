"""notify: the entrypoints of letters that were sent, wait, or failed."""

from collections.abc import Callable
from typing import Any

from contracts.errors import Conflict, Malformed, NotFound
from contracts.notify_settings import MOST_PAGE_SIZE, PROBLEMS, LetterPage, LetterQuery
from contracts.wire import from_wire, to_wire
from kit.service import rpc
from services.notify import repository
from services.notify.service_settings import check_ids
from services.notify.settings_answers import fate_of, is_resendable

MOST_PAGE = 10_000
MOST_SEARCH = 200


class FateEntrypoints:
    """Part of `NotifyService`, which gives it these."""

    db: Any
    clock: Any
    wake_letters: Callable[[], None]

    @rpc
    def letter_page(self, query: dict[str, Any]) -> dict[str, Any]:
        wanted = from_wire(LetterQuery, query)
        check_ids(wanted.partner_id)
        if not 1 <= wanted.page <= MOST_PAGE or not 1 <= wanted.page_size <= MOST_PAGE_SIZE:
            raise Malformed(f"A page has 1 to {MOST_PAGE_SIZE} rows.")
        wanted.search = wanted.search.replace("\0", "")[:MOST_SEARCH].encode("utf-8", "replace").decode()
        with self.db.begin() as connection:
            rows, total = repository.page_of(connection, wanted)
        return to_wire(LetterPage(items=[fate_of(row) for row in rows], total=total))

    @rpc
    def send_again(self, partner_id: str, letter_id: str) -> dict[str, Any]:
        check_ids(partner_id, letter_id)
        with self.db.begin() as connection:
            row = repository.one_of(connection, partner_id, letter_id)
            if row is None:
                raise NotFound("There is no such object.")
            if not is_resendable(row):
                code = "letter_gone" if row.state == "failed" else "letter_not_failed"
                raise Conflict(PROBLEMS[code], {"errors": [{"pointer": "", "code": code, "detail": PROBLEMS[code]}]})
            again = repository.wait_again(connection, letter_id, self.clock.now())
        self.wake_letters()
        return to_wire(fate_of(again))
