"""What accounts says about managers, one's own account and visits in cabinets, in its own words."""

from gateway_http.i18n import N_

PLAIN = (
    N_("There is no such manager."),
    N_("There is no such session."),
    N_("Only the partner and its managers can do this."),
    N_("You can neither give rights that you don't have nor change somebody who has more rights than you."),
    N_("You may not enter the cabinets of advertisers."),
    N_("Only the partner itself can do this."),
)
