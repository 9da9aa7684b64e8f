"""Addresses that are no panel's own: signing in, the look of the host, help."""

from gateway_http.addresses.methods import FORM, GET, POST, Routes

ROUTES: Routes = {
    "auth.home": ("/", GET),
    "auth.sign_in": ("/sign-in", FORM),
    "auth.second_step": ("/sign-in/code", FORM),
    "auth.first_factor": ("/sign-in/setup", FORM),
    "account.home": ("/account", GET),
    "account.password": ("/account/password", POST),
    "account.session_end": ("/account/sessions/end", POST),
    "account.sessions_end": ("/account/sessions/end-others", POST),
    "account.factor": ("/account/second-step", FORM),
    "account.factor_confirm": ("/account/second-step/confirm", POST),
    "account.factor_off": ("/account/second-step/off", POST),
    "auth.sign_out": ("/sign-out", POST),
    "recovery.ask": ("/recovery", FORM),
    "recovery.link": ("/recovery/<token>", FORM),
    "brand.stylesheet": ("/theme.css", GET),
    "brand.logo": ("/brand/logo", GET),
    "brand.icon": ("/brand/icon", GET),
    "docs.help": ("/help", GET),
    "docs.manual": ("/help/<section>", GET),
    "docs.api": ("/docs/api", GET),
}
