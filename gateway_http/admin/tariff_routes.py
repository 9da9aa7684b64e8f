"""The addresses of the pages of tariffs, in the blueprint of whoever owns them."""

from collections.abc import Callable
from functools import partial, update_wrapper

from flask import Blueprint, Response

from gateway_http.access import form_view
from gateway_http.admin import tariff_actions as actions
from gateway_http.admin import tariff_pages as pages
from gateway_http.admin import tariff_tables as tables
from gateway_http.admin.tariff_shelf import Shelf

ONE = "/tariffs/<uuid:tariff_id>"


def install(blueprint: Blueprint, shelf: Shelf) -> None:
    def view(function: Callable[..., Response]) -> Callable[..., Response]:
        # With what the function declares beside its roles.
        return shelf.named(update_wrapper(partial(function, shelf), function))

    def form(path: str, endpoint: str, show: Callable[..., Response], submit: Callable[..., Response]) -> None:
        blueprint.add_url_rule(path, endpoint, form_view(view(show), view(submit)), methods=["GET", "POST"])

    form("/tariffs", "tariffs", pages.index, pages.add)
    form("/tariffs/edit", "tariffs_edit", tables.edit, tables.save)
    form("/tariffs/import", "tariffs_import", tables.edit, tables.upload)
    form(ONE, "tariff", pages.show, pages.put)
    for path, endpoint, function in (
        ("/tariffs/compare", "tariffs_compare", pages.compare),
        (f"{ONE}/prices", "tariff_export", pages.export),
    ):
        blueprint.get(path, endpoint=endpoint)(view(function))
    for path, endpoint, function in (
        ("/tariffs/default", "tariffs_default", actions.set_default),
        (f"{ONE}/rows/drop", "tariff_row_drop", actions.drop_row),
        (f"{ONE}/versions", "tariff_version", actions.add_version),
        (f"{ONE}/versions/drop", "tariff_version_drop", actions.drop_version),
        (f"{ONE}/copy", "tariff_copy", actions.copy),
        (f"{ONE}/delete", "tariff_delete", actions.delete),
    ):
        blueprint.post(path, endpoint=endpoint)(view(function))
