"""Routes as the operator sets them, over the whole platform: what they refuse costs nothing, and changes hold at once."""

import re

from golub.demo import PARTNER_NAME
from tests.e2e.panel import Panel
from tests.e2e.platform import Platform, wait_until

ROUTES = "/platform/routes"
#: Far more than the second after which a process looks: other tests may keep the machine busy.
PATIENCE_SECONDS = 60.0


def test_a_scheme_of_an_advertiser_refuses_what_no_route_takes_until_it_is_taken_back(embedded: Platform) -> None:
    operator, login = Panel(embedded.demo["operator"]), embedded.demo["advertiser"]["login"]
    scheme = operator.submit(ROUTES, name="Only Ukraine", after="refuse")
    operator.submit(f"{scheme}/route", was="1", mode="failover", direction="255", link_1="main")
    partner = _given(operator, scheme, login)
    try:
        wait_until(lambda: _fate(embedded, "79160000001")[1] == "no_route", PATIENCE_SECONDS, "refused", 1.0)
        shown = operator.get(f"{ROUTES}/try?recipient=79160000001&sms_type=service&partner_id={partner}&login={login}")
        assert "не ведёт ни один маршрут" in shown and "другое направление" in shown
        refused = "SELECT count(*), coalesce(sum(charged), 0) FROM message WHERE reason = 'no_route'"
        ((count, charged),) = embedded.rows("smpp_gateway", refused)
        assert count > 0 and charged == 0
    finally:
        own = re.search(r'name="subject_id" value="([^"]+)"', operator.get(scheme))
        operator.submit(scheme, f"{scheme}/release", subject="advertiser", subject_id=own[1] if own else "")
    wait_until(lambda: _fate(embedded, "79160000003")[0] == "delivered", PATIENCE_SECONDS, "delivered", 1.0)
    operator.submit(scheme, f"{scheme}/delete")


def _given(operator: Panel, scheme: str, login: str) -> str:
    """Give the scheme to the advertiser of that login of the demo's partner; the id of this partner."""
    found = re.search(rf'<option value="([0-9a-f-]{{36}})">\s*{PARTNER_NAME}', operator.get(scheme))
    assert found
    operator.submit(scheme, f"{scheme}/assign", partner_id=found[1], login=login)
    return found[1]


def _fate(embedded: Platform, recipient: str) -> tuple[str, str | None]:
    """State and reason of a message that is sent now, once it has ended."""
    [sent] = embedded.send([recipient])
    embedded.wait_until_final(PATIENCE_SECONDS)
    [row] = embedded.rows(
        "smpp_gateway", "SELECT state, reason FROM message WHERE id = CAST(:id AS uuid)", id=sent["id"]
    )
    return row[0], row[1]
