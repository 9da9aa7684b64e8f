"""Addresses that are no panel's own: signing in, the look of the host, help."""

from gateway_http.addresses.methods import FORM, GET, POST, Routes

ROUTES: Routes = {
    "auth.home": ("/", GET),
    "auth.sign_in": ("/sign-in", FORM),
    "auth.sign_out": ("/sign-out", POST),
    "recovery.ask": ("/recovery", FORM),
    "recovery.link": ("/recovery/<token>", FORM),
    "brand.stylesheet": ("/theme.css", GET),
    "docs.help": ("/help", GET),
    "docs.api": ("/docs/api", GET),
}
