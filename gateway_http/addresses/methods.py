"""How addresses are written, and those that two panels share."""

Routes = dict[str, tuple[str, tuple[str, ...]]]

GET, POST, FORM = ("GET",), ("POST",), ("GET", "POST")

#: The pages of tariffs are the same for what a partner sells by and for what the operator sells by.
_TARIFFS: Routes = {
    "tariffs": ("/tariffs", FORM),
    "tariffs_edit": ("/tariffs/edit", FORM),
    "tariffs_import": ("/tariffs/import", FORM),
    "tariffs_compare": ("/tariffs/compare", GET),
    "tariffs_default": ("/tariffs/default", POST),
    "tariff": ("/tariffs/<uuid:tariff_id>", FORM),
    "tariff_export": ("/tariffs/<uuid:tariff_id>/prices", GET),
    "tariff_row_drop": ("/tariffs/<uuid:tariff_id>/rows/drop", POST),
    "tariff_version": ("/tariffs/<uuid:tariff_id>/versions", POST),
    "tariff_version_drop": ("/tariffs/<uuid:tariff_id>/versions/drop", POST),
    "tariff_copy": ("/tariffs/<uuid:tariff_id>/copy", POST),
    "tariff_delete": ("/tariffs/<uuid:tariff_id>/delete", POST),
}


def of_tariffs(place: str) -> Routes:
    """The addresses of the pages of tariffs in the panel of `place`."""
    return {f"{place}.{name}": (f"/{place}{path}", methods) for name, (path, methods) in _TARIFFS.items()}
