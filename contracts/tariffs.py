"""tariffs: where a number belongs, and what a part costs to send there."""

from contracts.wire import Client, from_wire, many_from_wire, many_to_wire, wire

#: The owner of the tariffs that partners buy by.
OPERATOR_OWNER = "operator"
#: What a message may be; a tariff row without a type holds for all of them.
SMS_TYPES = ("advertising", "service", "transactional")


@wire
class QuoteItem:
    """`recipient` is E.164 digits without plus; `sms_type` advertising, service or transactional."""

    id: str
    recipient: str
    advertiser_id: str
    partner_id: str
    sms_type: str = "advertising"


@wire
class Quote:
    """Prices per part in 1/10,000 of the currency; `refusal` a code of `contracts.refusals`, else None.

    `mcc`, `mnc`, `direction` (a name for people), `region` and `zone` (IANA) are empty where unknown. `by_delivered`:
    charge the advertiser only what is delivered; `buy_by_delivered`: the same between operator and partner.
    """

    id: str
    mcc: str
    mnc: str
    direction: str
    region: str
    zone: str
    sell_price: int
    buy_price: int
    by_delivered: bool
    buy_by_delivered: bool
    tariff_id: str | None
    refusal: str | None


@wire
class Direction:
    """An operator, or a whole country where `mnc` is empty; `country` is ISO 3166 alpha-2."""

    mcc: str
    mnc: str
    name: str
    country: str = ""


@wire
class TariffRow:
    """`mnc` empty = the whole country; `sms_type` empty = every type; `price` per part in 1/10,000."""

    mcc: str
    mnc: str
    sms_type: str
    by_delivered: bool
    price: int


@wire
class Tariff:
    id: str
    owner: str
    name: str
    rows: list[TariffRow]
    created_at: str


@wire
class NumberInfo:
    recipient: str
    mcc: str
    mnc: str
    direction: str
    region: str
    zone: str


class TariffsClient(Client):
    service = "tariffs"

    def quote(self, items: list[QuoteItem]) -> list[Quote]:
        """A quote per item, in order, at most 1,000 at once: sell price by the advertiser's tariff, buy by the partner's."""
        return self._batch("quote", items, Quote)

    def look_up(self, recipients: list[str]) -> list[NumberInfo]:
        return many_from_wire(NumberInfo, self._call("look_up", recipients=recipients))

    def directions(self) -> list[Direction]:
        return many_from_wire(Direction, self._call("directions"))

    def save_tariff(self, owner: str, *, name: str, rows: list[TariffRow]) -> Tariff:
        """Create the owner's tariff of that name or replace its rows; `Malformed` names the row and field."""
        return from_wire(Tariff, self._call("save_tariff", owner=owner, name=name, rows=many_to_wire(rows)))

    def list_tariffs(self, owner: str) -> list[Tariff]:
        return many_from_wire(Tariff, self._call("list_tariffs", owner=owner))

    def assign(self, owner: str, *, tariff_id: str, subject_id: str) -> None:
        """From now on `subject_id` (an advertiser of a partner, or a partner of the operator) is priced by the tariff."""
        self._call("assign", owner=owner, tariff_id=tariff_id, subject_id=subject_id)

    def assigned(self, owner: str, subject_id: str) -> Tariff | None:
        found = self._call("assigned", owner=owner, subject_id=subject_id)
        return None if found is None else from_wire(Tariff, found)
