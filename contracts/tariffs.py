"""tariffs: where a number belongs, and what a part costs to send there."""

from contracts.tariffs_ported import PortedCalls
from contracts.wire import from_wire, many_from_wire, many_to_wire, to_wire, wire

#: The owner of the tariffs that partners buy by.
OPERATOR_OWNER = "operator"
#: What a message may be; a tariff row without a type holds for all of them.
SMS_TYPES = ("advertising", "service", "transactional")


@wire
class QuoteItem:
    """`recipient` is E.164 digits without plus; `sms_type` advertising, service or transactional."""

    recipient: str
    advertiser_id: str
    partner_id: str
    sms_type: str = "advertising"


@wire
class Tier:
    """One row that matches a message where the volume decides, with the direction and type whose SMS it counts.

    It holds from the `from_nth` part of the calendar month on, counted over every part sent to `mcc` and `mnc` (empty:
    the whole country) of `sms_type` (empty: all types).
    """

    from_nth: int
    price: int
    by_delivered: bool
    mcc: str
    mnc: str
    sms_type: str


@wire
class Quote:
    """Prices per part in 1/10,000 of the currency; `refusal` a code of `contracts.refusals`, else None.

    Where volume decides, `sell_tiers` (`buy_tiers`) lists every row that may price a part, the one that goes before
    the others first: a part costs what the first row says that holds at its place in the month. `sell_price` and
    `by_delivered` are then those of the last one. None: they hold for every part. An empty `sell_tiers`: the
    advertiser's tariff, or the lack of one, says nothing of the message; the price of a package still may.

    `mcc`, `mnc`, `direction` (a name for people) and `zone` (IANA) are empty where unknown. `by_delivered`: charge the
    advertiser only what is delivered; `buy_by_delivered`: the same between operator and partner.

    `mcc` and `mnc` are those of the operator that serves the number; `estimated_mcc` and `estimated_mnc` those of the
    operator of its range, which differ where the number was ported.
    """

    mcc: str
    mnc: str
    direction: str
    zone: str
    sell_price: int
    buy_price: int
    by_delivered: bool
    buy_by_delivered: bool
    tariff_id: str | None
    refusal: str | None
    sell_tiers: list[Tier] | None = None
    buy_tiers: list[Tier] | None = None
    estimated_mcc: str = ""
    estimated_mnc: str = ""


NO_TARIFF, NO_PRICE = "no_tariff", "no_price"


def refusal_where_quoted(quote: Quote, refusal: str) -> str:
    """Billing's refusal of a message that was quoted so, by its cause: no price without a tariff is `no_tariff`."""
    return NO_TARIFF if refusal == NO_PRICE and quote.tariff_id is None else refusal


@wire
class Direction:
    """An operator, or a whole country where `mnc` is empty; `country` is ISO 3166 alpha-2."""

    mcc: str
    mnc: str
    name: str
    country: str = ""


@wire
class TariffRow:
    """`mnc` empty = the whole country; `sms_type` empty = every type; `price` per part in 1/10,000.

    `from_nth`: the row holds from that SMS part of the calendar month on («Со сколько действует»), 1 = always.
    """

    mcc: str
    mnc: str
    sms_type: str
    by_delivered: bool
    price: int
    from_nth: int = 1


@wire
class Tariff:
    """`rows` are those of one version: the one in force, or the one that was asked for.

    `valid_from`: since when (RFC 3339); `versions`: the starts of all versions (of the newest 1,000), oldest first, those
    to come included. Of a tariff that has not started yet, the first version to come is told.
    `is_default`: it prices every subject of the owner that has none of its own. `subjects`: how many it is assigned to.
    `revision` grows with every change of its name, rows or versions.
    """

    id: str
    owner: str
    name: str
    rows: list[TariffRow]
    created_at: str
    valid_from: str
    versions: list[str]
    is_default: bool
    subjects: int
    revision: int = 0


@wire
class Assignment:
    """A line of a subject's history, newest first; `assigned_by` is who did it."""

    tariff_id: str
    tariff_name: str
    assigned_at: str
    assigned_by: str


@wire
class NumberInfo:
    """Where a number belongs: `mcc`, `mnc` and `direction` of the operator that serves it, all empty where unknown.

    `estimated_*`: the same of its range, from `range_first` to `range_last` (E.164 digits, empty where the plan tells
    nothing closer than the country). `ported`: it is in the list of ported numbers, since `ported_at` (YYYY-MM-DD, None
    where the list does not say).
    """

    recipient: str
    mcc: str
    mnc: str
    direction: str
    region: str
    zone: str
    estimated_mcc: str = ""
    estimated_mnc: str = ""
    estimated_direction: str = ""
    range_first: str = ""
    range_last: str = ""
    ported: bool = False
    ported_at: str | None = None


class TariffsClient(PortedCalls):
    service = "tariffs"

    def quote(self, items: list[QuoteItem]) -> list[Quote]:
        """A quote per item, in order, at most 1,000 at once: sell price by the advertiser's tariff, buy by the partner's.

        Items that are priced alike share one object.
        """
        return self._batch("quote", items, Quote)

    def look_up(self, recipients: list[str]) -> list[NumberInfo]:
        """Where each of these E.164 numbers belongs, in order, at most 1,000 at once."""
        return many_from_wire(NumberInfo, self._call("look_up", recipients=recipients))

    def directions(self) -> list[Direction]:
        return many_from_wire(Direction, self._call("directions"))

    def save_tariff(
        self,
        owner: str,
        *,
        name: str,
        rows: list[TariffRow],
        valid_from: str | None = None,
        tariff_id: str | None = None,
        was: int | None = None,
    ) -> Tariff:
        """Write one whole version: of the tariff given (renamed to `name`), else of a new one.

        `valid_from` None = from now on; a moment to come makes or replaces the version that starts then. Rows in force
        earlier stay in the history. `Malformed` names the row and field, or `/valid_from` for a moment that is over;
        `Conflict` at `/name` a name that is taken. `was`: the `revision` that the change was made from; `Conflict` where
        the tariff has another by now. What is there already, to the row, is no conflict: a repeat changes nothing.
        """
        arguments = {"owner": owner, "name": name, "rows": many_to_wire(rows), "was": was}
        return from_wire(Tariff, self._call("save_tariff", valid_from=valid_from, tariff_id=tariff_id, **arguments))

    def put_row(self, owner: str, *, tariff_id: str, row: TariffRow, valid_from: str | None = None) -> Tariff:
        """Add the row or change the one with the same direction, type and `from_nth` («Добавить/Изменить»).

        `Malformed` names the field as of `/rows/0`. `valid_from` as in `save_tariff`: the rows of that moment stay.
        """
        arguments = {"owner": owner, "tariff_id": tariff_id, "row": to_wire(row), "valid_from": valid_from}
        return from_wire(Tariff, self._call("put_row", **arguments))

    def drop_row(
        self,
        owner: str,
        *,
        tariff_id: str,
        mcc: str,
        mnc: str,
        sms_type: str,
        from_nth: int,
        valid_from: str | None = None,
    ) -> Tariff:
        """The tariff without that row; `NotFound` where it has none such."""
        key = {"mcc": mcc, "mnc": mnc, "sms_type": sms_type, "from_nth": from_nth}
        return from_wire(Tariff, self._call("drop_row", owner=owner, tariff_id=tariff_id, valid_from=valid_from, **key))

    def copy_tariff(self, owner: str, *, tariff_id: str, name: str) -> Tariff:
        """A tariff of that new name with the rows in force now; `Conflict` when the name is taken."""
        return from_wire(Tariff, self._call("copy_tariff", owner=owner, tariff_id=tariff_id, name=name))

    def delete_tariff(self, owner: str, tariff_id: str) -> None:
        """`Conflict` while it is assigned to anybody or the default; history keeps its name."""
        self._call("delete_tariff", owner=owner, tariff_id=tariff_id)

    def drop_version(self, owner: str, *, tariff_id: str, valid_from: str) -> Tariff:
        """Take back a version that has not started yet; `Conflict` for one that has."""
        return from_wire(Tariff, self._call("drop_version", owner=owner, tariff_id=tariff_id, valid_from=valid_from))

    def tariff(self, owner: str, tariff_id: str, *, valid_from: str | None = None) -> Tariff:
        """One tariff with the rows in force, or with those of the version that starts at `valid_from`; `NotFound`."""
        return from_wire(Tariff, self._call("tariff", owner=owner, tariff_id=tariff_id, valid_from=valid_from))

    def list_tariffs(self, owner: str) -> list[Tariff]:
        """By name, with the rows in force now; `owner` is a partner's id or `OPERATOR_OWNER`."""
        return many_from_wire(Tariff, self._call("list_tariffs", owner=owner))

    def set_default(self, owner: str, tariff_id: str | None, *, author: str) -> None:
        """The tariff of every subject that has none of its own; None = such subjects have no tariff."""
        self._call("set_default", owner=owner, tariff_id=tariff_id, author=author)

    def assign(self, owner: str, *, tariff_id: str | None, subject_id: str, author: str) -> None:
        """From now on `subject_id` (an advertiser of a partner, or a partner of the operator) is priced by the tariff.

        None: by the owner's default again.
        """
        self._call("assign", owner=owner, tariff_id=tariff_id, subject_id=subject_id, author=author)

    def assigned(self, owner: str, subject_id: str) -> Tariff | None:
        """What prices the subject now, the default included."""
        found = self._call("assigned", owner=owner, subject_id=subject_id)
        return None if found is None else from_wire(Tariff, found)

    def assignments(self, owner: str, subject_id: str) -> list[Assignment]:
        """The subject's history, newest first, at most 200; a line with an empty tariff id went back to the default."""
        return many_from_wire(Assignment, self._call("assignments", owner=owner, subject_id=subject_id))
