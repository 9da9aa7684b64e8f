"""From what a program says of a scheme to the scheme as it is to be: always a whole version, as the service stores them."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response

from contracts.errors import Malformed
from contracts.smpp_routes import Route, RouteScheme
from contracts.wire import from_wire, to_wire
from gateway_http.platform_api.author import author
from gateway_http.platform_api.versions import changed, tagged, version_of
from gateway_http.state import clients


def routes_of(given: Sequence[dict[str, Any]]) -> list[Route]:
    return [from_wire(Route, one) for one in given]


def put(scheme: RouteScheme, routes: list[Route], **parts: str) -> Response:
    """The scheme with these routes as its next version, by the version that the present request was made from."""
    said = {"name": scheme.name, "after": scheme.after} | parts
    was, by = version_of(lambda: scheme.version), author()
    saved = changed(
        lambda: clients().smpp_gateway.put_route_scheme(
            name=said["name"], after=said["after"], routes=routes, author=by, scheme_id=scheme.id, was=was
        )
    )
    return tagged(to_wire(saved))


def of_one(index: int, change: Callable[[], Response]) -> Response:
    """The change of the route at `index`: what is wrong with it is told by pointers into the body, which is that route."""
    try:
        return change()
    except Malformed as error:
        prefix = f"/routes/{index}"
        errors = [
            {**one, "pointer": one["pointer"].removeprefix(prefix) if one["pointer"].startswith(prefix) else "/routes"}
            for one in error.data.get("errors") or ()
        ]
        raise Malformed(error.detail, {**error.data, "errors": errors}) from None
