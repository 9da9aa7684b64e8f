"""Headers that keep a browser from doing what our pages never ask for."""

from flask import Flask, Response

from gateway_http import sessions

#: Scripts and styles from our own files only, nothing inline; `data:` is for the drawings inside Tabler's style sheet.
_CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_EVERYWHERE = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR_SECONDS = 31_536_000
NO_STORE = "no-store"

#: By whether people come over HTTPS, what every answer has.
PROTECTION = {
    False: _EVERYWHERE,
    True: {**_EVERYWHERE, "Strict-Transport-Security": f"max-age={_YEAR_SECONDS}"},
}


def install(app: Flask) -> None:
    @app.after_request
    def _protect(response: Response) -> Response:
        response.headers.update(PROTECTION[sessions.secure()])
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = NO_STORE
        return response
