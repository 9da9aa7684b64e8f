"""The contract that the partner asks for before a payment: what to do about it, and its file."""

from flask import Blueprint, Response

from gateway_http import pages
from gateway_http.access import ADVERTISER, partner_id, roles
from gateway_http.admin.branding import contract_file
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.get("/contract", endpoint="contract")(contract)
    blueprint.get("/contract/file", endpoint="contract_file")(download)


@roles(ADVERTISER)
def contract() -> Response:
    standing = clients().accounts.contract_standing(partner_id(), advertiser_id())
    return pages.page("cabinet/contract.html", standing=standing)


@roles(ADVERTISER)
def download() -> Response:
    return contract_file(clients().accounts.branding(partner_id()))
