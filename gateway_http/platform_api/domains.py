"""Domains of partners for the ingress: which are served, and the certificates that it needs for them."""

from typing import Any

from flask import Response, jsonify
from flask_babel import gettext
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from contracts.accounts_domains import STATES, CertificateFiles, Domain
from contracts.errors import NotFound
from contracts.schemas import schema_of
from contracts.wire import to_wire
from gateway_http import audit
from gateway_http.access import OPERATOR_API, roles
from gateway_http.api.limits import MOST_PER_PAGE, PER_PAGE
from gateway_http.api.schemas import Strict
from gateway_http.api.schemas_money import TIME, WRONG_CURSOR, next_cursor
from gateway_http.audit import audits
from gateway_http.platform_api.author import author
from gateway_http.platform_api.bodies import Body, Text, described, read
from gateway_http.state import clients

blueprint = Blueprint("platform_domains", __name__, description="Domains of partners and their certificates")

LONGEST_HOST = 253
MOST_PEM = 64 * 1024
_EXAMPLE = {"chain": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n"}


class DomainQuery(Strict):
    cursor = fields.String(
        validate=validate.Regexp(r"[0-9a-z.-]{1,253}\Z", error=WRONG_CURSOR),
        metadata={"description": "`next_cursor` of the page before"},
    )
    limit = fields.Integer(load_default=PER_PAGE, validate=validate.Range(1, MOST_PER_PAGE))


class DomainShown(Schema):
    host = fields.String(required=True)
    partner_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    issuing = fields.String(
        required=True,
        validate=validate.OneOf(("", "uploaded", "acme")),
        metadata={"description": "Where its certificate comes from; `acme`: the issuer of the cluster is to make it"},
    )
    fingerprint = fields.String(
        required=True, allow_none=True, metadata={"description": "SHA-256 of the certificate; null: there is none"}
    )
    not_after = fields.String(required=True, allow_none=True, metadata=TIME)


class DomainPage(Schema):
    domains = fields.List(fields.Nested(DomainShown), required=True)
    next_cursor = next_cursor("hosts that come later")


class Issued(Body):
    chain = Text(MOST_PEM, required=True, metadata={"description": "PEM, the certificate of the domain first; no key"})


Files = schema_of(CertificateFiles)


@blueprint.route("/domains", methods=["GET"])
@blueprint.arguments(DomainQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, DomainPage)
@roles(OPERATOR_API)
def domains(**query: Any) -> Response:
    """Domains of all partners by host, with the fingerprints of their certificates

    Those in the state `active` are served. An ingress compares fingerprints with what it has and asks for what differs.
    """
    page = clients().accounts.all_domains(after=query.get("cursor", ""), limit=query["limit"])
    return jsonify({"domains": [_shown(one) for one in page.items], "next_cursor": page.next_host})


@blueprint.route("/domains/<host>/certificate", methods=["POST"])
@blueprint.response(200, Files)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@audits("partner_domain.key_taken", "Took the certificate and the private key of a domain")
@roles(OPERATOR_API)
def certificate(host: str) -> Response:
    """Take an uploaded certificate with its private key

    Nothing changes by it. It is a POST, as private keys are for keys that may change things, and each taking is recorded.
    """
    audit.subject("domain", host, host)
    response = jsonify(to_wire(clients().accounts.certificate_files(_short(host))))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/domains/<host>/issued", methods=["PUT"])
@blueprint.doc(requestBody=described(Issued, _EXAMPLE))
@blueprint.response(200, DomainShown)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("partner_domain.certificate_issued", "The issuer of the cluster made a certificate of a domain")
@roles(OPERATOR_API)
def issued(host: str) -> Response:
    """Report the certificate that the issuer of the cluster made, without its key

    Only for a domain whose `issuing` is `acme`. The same chain again changes nothing but the warnings of its end.
    """
    chain = read(Issued)["chain"]
    audit.subject("domain", host, host)
    made = clients().accounts.certificate_issued(_short(host), chain=chain, author=author())
    audit.whom(made.partner_id)
    return jsonify(_shown(made))


def _shown(one: Domain) -> dict[str, Any]:
    held = one.certificate
    return {
        "host": one.host,
        "partner_id": one.partner_id,
        "state": one.state,
        "issuing": one.issuing,
        "fingerprint": held.fingerprint if held else None,
        "not_after": held.not_after if held else None,
    }


def _short(host: str) -> str:
    if len(host) > LONGEST_HOST or not host.isprintable():
        raise NotFound(gettext("There is no such domain."))
    return host
