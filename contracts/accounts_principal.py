"""accounts: who acts, and the session by which."""

from dataclasses import field

from contracts.wire import wire


@wire
class Principal:
    """Who acts. `role`: operator, partner, manager or advertiser; ids are None where the role has none.

    `rights`: which of `accounts_rights.RIGHTS` a manager has, and all of them for a partner; others have none.
    """

    user_id: str
    role: str
    login: str
    display_name: str
    partner_id: str | None
    advertiser_id: str | None
    zone: str
    rights: list[str] = field(default_factory=list)


@wire
class SignedIn:
    """`token` is the opaque session token (256 bits), shown to the browser once and stored hashed.

    `step`: empty for a session; else the token opens nothing but the second step of this sign-in, to be asked for
    (`code`) or to be set up first (`setup`).
    """

    token: str
    expires_at: str
    principal: Principal
    step: str = ""
