"""What notify says of webhooks that did not take their events, as msgids."""

from gateway_http.i18n import N_

PLAIN = (
    N_("The address is not one of the public internet"),
    N_("The name has no address"),
    N_("The answer is too long"),
    N_("Nobody took it for three days"),
    N_("The secret of the webhook can't be read: make a new one"),
)
WITH_VALUES = (
    N_("No answer within %(seconds)s seconds"),
    N_("No TLS connection: %(why)s"),
    N_("No connection: %(why)s"),
    N_("HTTP %(status)s: redirects are not followed"),
)
