"""Addresses of the panel of the platform's operator."""

from gateway_http.addresses.methods import FORM, GET, POST, Routes, of_tariffs

ROUTES: Routes = {
    "platform.overview": ("/platform", GET),
    "platform.audit": ("/platform/audit", GET),
    "platform.incoming": ("/platform/incoming", FORM),
    "platform.incoming_drop": ("/platform/incoming/drop", POST),
    "platform.incoming_words": ("/platform/incoming/words", POST),
    "platform.numbering": ("/platform/numbering", FORM),
    "platform.partners": ("/platform/partners", GET),
    "platform.partner_entries": ("/platform/partners/<uuid:partner>/entries", GET),
    "platform.partner_entries_file": ("/platform/partners/<uuid:partner>/entries/file", GET),
    "platform.partner_tariff": ("/platform/partners/<uuid:partner>/tariff", FORM),
    "platform.partner_credit": ("/platform/partners/<uuid:partner>/credit", FORM),
    "platform.partner_correct": ("/platform/partners/<uuid:partner>/correction", POST),
    "platform.partner_sign_in": ("/platform/partners/<uuid:partner>/sign-in", FORM),
    "platform.links": ("/platform/links", GET),
    "platform.link_new": ("/platform/links/new", FORM),
    "platform.link": ("/platform/links/<name>/state", GET),
    "platform.link_edit": ("/platform/links/<name>/settings", FORM),
    "platform.link_switch": ("/platform/links/<name>/switch", POST),
    "platform.link_delete": ("/platform/links/<name>/delete", POST),
    "platform.routes": ("/platform/routes", FORM),
    "platform.route_default": ("/platform/routes/default", POST),
    "platform.route_costs": ("/platform/routes/costs", FORM),
    "platform.route_try": ("/platform/routes/try", GET),
    "platform.route_scheme": ("/platform/routes/<uuid:scheme_id>", FORM),
    "platform.route_edit": ("/platform/routes/<uuid:scheme_id>/route", FORM),
    "platform.route_move": ("/platform/routes/<uuid:scheme_id>/move", POST),
    "platform.route_assign": ("/platform/routes/<uuid:scheme_id>/assign", POST),
    "platform.route_release": ("/platform/routes/<uuid:scheme_id>/release", POST),
    "platform.route_delete": ("/platform/routes/<uuid:scheme_id>/delete", POST),
    "platform.api_keys": ("/platform/api-keys", FORM),
    "platform.api_key_withdraw": ("/platform/api-keys/withdraw", POST),
    "platform.partner_email": ("/platform/partners/<uuid:partner>/email", POST),
}
ROUTES |= of_tariffs("platform")
