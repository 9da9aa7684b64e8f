"""One route as its form writes it, and back; what a service refuses stands at the field it was typed in."""

from werkzeug.datastructures import MultiDict

from contracts.errors import GolubError
from contracts.smpp_routes import MODES, Route, RouteTarget
from gateway_http.admin.tariff_directions import LONGEST, Directions
from gateway_http.forms import Form, parse_id
from gateway_http.sentences import told, told_errors

MOST_LINKS, LEAST_SHOWN, SPARE_SHOWN = 16, 3, 2
LONGEST_NAME, LONGEST_SENDER = 100, 16
MOST_WEIGHT = 1_000
DEFAULT_ZONE = "Europe/Moscow"
_FIELDS = {"mcc": "direction", "mnc": "direction", "targets": "link_1"}


class RouteForm(Form):
    """`values` may be shown again; `route()` is what they say, `errors` tells what can't be read."""

    def __init__(self, given: MultiDict[str, str], directions: Directions, advertisers: dict[str, str]) -> None:
        super().__init__(given)
        self._many, self._directions, self._advertisers = given, directions, advertisers
        self._rows: list[int] = []
        self.values["days"] = " ".join(given.getlist("days"))

    def route(self, wrong_direction: str, wrong_advertiser: str) -> Route:
        """The sentences are said at a direction that names nothing, and at a login that is nobody's."""
        written = self.text("direction", longest=LONGEST)
        direction = self._directions.parse(written) if written else ("", "")
        if direction is None:
            self.errors["direction"] = wrong_direction
        login = self.text("advertiser")
        advertiser = self._advertisers.get(login.casefold(), "") if login else ""
        if login and not advertiser:
            self.errors["advertiser"] = wrong_advertiser
        mode = self.text("mode")
        mcc, mnc = direction or ("", "")
        days = sorted({int(one) for one in self._many.getlist("days") if one in tuple("1234567")})
        return Route(
            name=self.text("name", longest=LONGEST_NAME),
            mcc=mcc,
            mnc=mnc,
            sms_type=self.text("sms_type", longest=20),
            sender=self.text("sender", longest=LONGEST_SENDER),
            partner_id=parse_id(self.text("partner_id")),
            advertiser_id=advertiser,
            days=days,
            time_from=self.text("time_from", longest=5),
            time_to=self.text("time_to", longest=5),
            zone=self.text("zone", longest=64) if days or self.values.get("time_from") else "",
            mode=mode if mode in MODES else MODES[0],
            targets=self._targets(),
        )

    def _targets(self) -> list[RouteTarget]:
        found = []
        for row in range(1, MOST_LINKS + 1):
            name = self._given.get(f"link_{row}", "").strip()
            if name:
                self._rows.append(row)
                weight = self.whole(f"weight_{row}", 1, MOST_WEIGHT) if self._given.get(f"weight_{row}") else 1
                found.append(RouteTarget(link=name, weight=weight))
        return found

    def take_route(self, error: GolubError, index: int) -> None:
        """Put problems of the route at `index` at its fields; those of the rest of the scheme stand above the form."""
        for one in told_errors(error.data.get("errors")):
            parts = str(one.get("pointer", "")).strip("/").split("/")
            field = self._field(parts[2:]) if parts[:2] == ["routes", str(index)] else "form"
            self.errors.setdefault(field, one["detail"])
        if not self.errors:
            self.errors["form"] = told(error.detail)

    def _field(self, parts: list[str]) -> str:
        if parts[:1] == ["targets"] and len(parts) == 3:
            return f"{parts[2]}_{self._rows[int(parts[1])]}"
        return _FIELDS.get(parts[0], parts[0]) if parts else "form"


def values_of(route: Route | None, directions: Directions, logins: dict[str, str]) -> dict[str, str]:
    """A stored route as its form writes it; `logins` of advertisers by id."""
    if route is None:
        return {"mode": MODES[0], "zone": DEFAULT_ZONE, "days": ""}
    values = {
        "name": route.name,
        "direction": directions.label(route.mcc, route.mnc) if route.mcc else "",
        "sms_type": route.sms_type,
        "sender": route.sender,
        "partner_id": route.partner_id,
        "advertiser": logins.get(route.advertiser_id, ""),
        "days": " ".join(str(one) for one in route.days),
        "time_from": route.time_from,
        "time_to": route.time_to,
        "zone": route.zone or DEFAULT_ZONE,
        "mode": route.mode,
    }
    for row, one in enumerate(route.targets, 1):
        values[f"link_{row}"], values[f"weight_{row}"] = one.link, str(one.weight)
    return values


def rows_shown(values: dict[str, str]) -> int:
    """How many lines for links the form offers: those in use and some more."""
    used = max((row for row in range(1, MOST_LINKS + 1) if values.get(f"link_{row}")), default=0)
    return min(MOST_LINKS, max(LEAST_SHOWN, used + SPARE_SHOWN))
