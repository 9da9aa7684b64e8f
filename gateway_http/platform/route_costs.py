"""What a part costs on each link by direction: shown, pasted, imported and exported.

Template routes/costs.html: `costs` (list of contracts.smpp_routes.LinkCosts), `link` (the one that is shown, or None),
`lines` (label, price), `form` {table, was}, `errors`, `problems`.
"""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from contracts.smpp_routes import LinkCost, LinkCosts
from gateway_http import pages, spreadsheets
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.admin.price_files import MOST_BYTES
from gateway_http.admin.tariff_directions import Directions, directions
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.platform.routes import take, was_of
from gateway_http.state import clients
from kit.money import format_money, parse_money

MOST_PROBLEMS = 20
MOST_CHARACTERS = 300_000


def install(blueprint: Blueprint) -> None:
    view = form_view(route_costs, route_costs_save)
    blueprint.add_url_rule("/routes/costs", "route_costs", view, methods=["GET", "POST"])


@roles(OPERATOR)
def route_costs() -> Response:
    return _page({}, {}, [])


@audits("route_costs.changed", "Changed the costs of links")
@roles(OPERATOR)
def route_costs_save() -> Response:
    """The whole table of the link of the address, as it is written or as the file says."""
    form = Form(request.form)
    problems: list[str] = []
    table = form.text("table", longest=MOST_CHARACTERS)
    rows: list[LinkCost] = []
    if not form.errors:
        rows, problems = _read(_lines(table, problems), directions(), problems)
    if not form.errors and not problems:
        link = request.args.get("link", "")
        try:
            clients().smpp_gateway.put_link_costs(link, rows=rows, was=was_of(form), author=user().login)
        except (Conflict, Malformed) as error:
            take(form, error)
        else:
            return pages.done(gettext("The costs are saved."), "platform.route_costs", link=link)
    if problems:
        form.errors["table"] = gettext("Correct these lines")
    return _page(form.values, form.errors, problems)


def _lines(table: str, problems: list[str]) -> list[list[str]]:
    """Of the file where one was chosen, else of the text: cells of each line."""
    given = request.files.get("file")
    contents = given.read(MOST_BYTES + 1) if given and given.filename else table.encode()
    if len(contents) > MOST_BYTES:
        problems.append(gettext("The file has more than %(number)s kB.", number=MOST_BYTES // 1000))
        return []
    try:
        return spreadsheets.read_table(contents) if contents.strip() else []
    except spreadsheets.UnreadableFile:
        problems.append(gettext("The file can't be read: save it as CSV or XLSX."))
        return []


def _read(lines: list[list[str]], known: Directions, problems: list[str]) -> tuple[list[LinkCost], list[str]]:
    """Each line: MCC; MNC; cost, or direction; cost. What is no line of this kind is told, with its number."""
    rows = []
    for number, line in enumerate(lines, 1):
        cells = [one.strip() for one in line]
        if not any(cells) or (number == 1 and cells[0].upper() == "MCC"):
            continue
        row = _row(cells, known)
        if row is not None:
            rows.append(row)
        elif len(problems) < MOST_PROBLEMS:
            text = gettext("Line %(number)s, «%(text)s»: a direction and a cost are expected", number=number,
                           text="; ".join(cells)[:100])  # fmt: skip
            problems.append(text)
    return rows, problems


def _row(cells: list[str], known: Directions) -> LinkCost | None:
    filled = [one for one in cells if one]
    if len(cells) == 3:
        direction = (cells[0], cells[1]) if cells[0] or not cells[1] else None
    elif len(filled) == 2:
        direction = known.parse(filled[0])
    else:
        return None
    try:
        price = parse_money(filled[-1]) if cells[-1] else None
    except ValueError:
        return None
    if direction is None or price is None:
        return None
    return LinkCost(mcc=direction[0], mnc=direction[1], price=price)


def _page(values: dict[str, str], errors: dict[str, str], problems: list[str]) -> Response:
    costs, wanted = clients().smpp_gateway.link_costs(), request.args.get("link", "")
    link = next((one for one in costs if one.link == wanted), costs[0] if costs else None)
    known = directions()
    lines = [(known.label(one.mcc, one.mnc) if one.mcc else "", one.price) for one in link.rows] if link else []
    return pages.page(
        "routes/costs.html",
        422 if errors else 200,
        costs=costs,
        link=link,
        lines=lines,
        form=values or {"table": _written(link), "was": str(link.version) if link else "0"},
        errors=errors,
        problems=problems,
    )


def _written(link: LinkCosts | None) -> str:
    rows = link.rows if link else []
    return "\n".join(f"{one.mcc};{one.mnc};{format_money(one.price).replace('.', ',')}" for one in rows)
