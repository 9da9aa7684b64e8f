"""accounts: who may sign in, with what, from which host."""

from contracts.accounts_advertiser_lists import ADVERTISER_LIST_PROBLEMS, AdvertiserListCalls
from contracts.accounts_advertisers import ADVERTISER_PROBLEMS, AdvertiserCalls
from contracts.accounts_advertisers import Advertiser as Advertiser
from contracts.accounts_advertisers import AdvertiserPage as AdvertiserPage
from contracts.accounts_advertisers import NewAdvertiser as NewAdvertiser
from contracts.accounts_audit import AUDIT_PROBLEMS, AuditCalls
from contracts.accounts_branding import BRANDING_PROBLEMS, BrandingCalls
from contracts.accounts_domains import DOMAIN_PROBLEMS, DomainCalls, ExpiringCertificate
from contracts.accounts_exports import EXPORT_PROBLEMS, ExportCalls
from contracts.accounts_files import FILE_PROBLEMS, FileCalls
from contracts.accounts_keys import KEY_PROBLEMS, KeyCalls
from contracts.accounts_keys import ApiPrincipal as ApiPrincipal
from contracts.accounts_keys import IssuedKey as IssuedKey
from contracts.accounts_operator import OPERATOR_KEY_PROBLEMS, OperatorKeyCalls
from contracts.accounts_own import OWN_PROBLEMS, OwnCalls
from contracts.accounts_partners import PartnerCalls
from contracts.accounts_people import PEOPLE_PROBLEMS, PeopleCalls
from contracts.accounts_principal import Principal as Principal
from contracts.accounts_principal import SignedIn as SignedIn
from contracts.accounts_recovery import RECOVERY_PROBLEMS, PersonalLetter, RecoveryCalls
from contracts.accounts_smpp import SMPP_PROBLEMS, SmppAccountCalls
from contracts.accounts_zones import ZONE_PROBLEMS, ZoneCalls
from contracts.events import event
from contracts.wire import from_wire, many_from_wire, wire

#: Codes of `data["errors"]` of a `Malformed` or `Conflict` from this service, and their sentences (English msgids).
PROBLEMS = {
    "required": "This must be filled in",
    "too_long": "This is too long",
    "text_invalid": "This holds characters that can't be stored",
    "login_invalid": "A login has 2 to 64 Latin letters, digits and the signs . _ - @ + and begins with a letter or digit",
    "login_taken": "This login is taken",
    "password_too_short": "A password has at least 8 characters",
    "password_too_long": "A password has at most 128 characters",
    "password_too_common": "This password is among the most used ones: choose another",
    "date_invalid": "A date is written as YYYY-MM-DD",
    "zone_unknown": "This time zone is not known",
    "email_invalid": "This is no e-mail address",
    "phone_invalid": "A phone number has 5 to 15 digits",
    "host_invalid": "A host is a domain name in small letters, without port",
    "host_taken": "This host belongs to somebody else",
    "too_many_ids": "At most 1,000 ids at once",
    **ADVERTISER_PROBLEMS,
    **BRANDING_PROBLEMS,
    **FILE_PROBLEMS,
    **KEY_PROBLEMS,
    **AUDIT_PROBLEMS,
    **ADVERTISER_LIST_PROBLEMS,
    **EXPORT_PROBLEMS,
    **SMPP_PROBLEMS,
    **OPERATOR_KEY_PROBLEMS,
    **DOMAIN_PROBLEMS,
    **PEOPLE_PROBLEMS,
    **OWN_PROBLEMS,
    **RECOVERY_PROBLEMS,
    **ZONE_PROBLEMS,
    "offer_changed": "A newer version of this text was published: read and accept that one",
}


@wire
class HostOwner:
    """Whose host it is: `realm` platform (the operator's own) or partner; colours are six hex digits.

    `zone`: the partner's IANA name, empty for the platform. `logo`: a hash of the logo's contents, empty where there is
    none; `logo_width` and `logo_height` its pixels.
    """

    host: str
    realm: str
    partner_id: str | None
    brand: str
    accent_colour: str
    pressed_colour: str
    zone: str = ""
    logo: str = ""
    logo_width: int = 0
    logo_height: int = 0


@wire
class Partner:
    """`email`: where letters to the partner go; empty where none is known. `hosts`: those that are served. `state`: active
    or blocked."""

    id: str
    name: str
    hosts: list[str]
    created_at: str
    email: str = ""
    state: str = "active"


@wire
class Offer:
    """A version of the partner's oferta; `accepted_at`: when the asked advertiser accepted this version, else None."""

    version: int
    text: str
    published_at: str
    author: str
    accepted_at: str | None = None
    acceptances: int = 0


@wire
class OfferAcceptance:
    version: int
    advertiser_id: str
    login: str
    address: str
    accepted_at: str


@wire
class AccountZone:
    """`account_id`: an advertiser or a partner; `zone` an IANA name."""

    account_id: str
    zone: str


@event(source="accounts", name="zones_changed")
class ZonesChanged:
    """The time zones that these accounts' calendar months are counted in, new accounts included."""

    items: list[AccountZone]


@event(source="accounts", name="letters_asked")
class LettersAsked:
    """Letters to people who sign in, which notify writes at once."""

    items: list[PersonalLetter]


@event(source="accounts", name="credentials_changed", hint=True)
class CredentialsChanged:
    """API keys, SMPP passwords, sign-ins or states of these advertisers changed: caches drop them."""

    advertiser_ids: list[str]


@event(source="accounts", name="test_mode_ended")
class TestModeEnded:
    """The partner let these advertisers out of test mode: their own sender names may be used, and not the test sender alone."""

    advertiser_ids: list[str]


@event(source="accounts", name="branding_changed", hint=True)
class BrandingChanged:
    """The looks of these partners' hosts changed: caches of hosts drop them."""

    partner_ids: list[str]


@event(source="accounts", name="certificate_expiry_neared")
class CertificateExpiryNeared:
    """Certificates of served hosts that end soon: the partner and the operator are told, once for each step."""

    items: list[ExpiringCertificate]


class AccountsClient(
    AdvertiserCalls,
    AuditCalls,
    AdvertiserListCalls,
    BrandingCalls,
    DomainCalls,
    ExportCalls,
    FileCalls,
    KeyCalls,
    OperatorKeyCalls,
    OwnCalls,
    PartnerCalls,
    PeopleCalls,
    RecoveryCalls,
    SmppAccountCalls,
    ZoneCalls,
):
    service = "accounts"

    def resolve_host(self, host: str) -> HostOwner:
        """Owner of an exact, normalised host name without port; `NotFound`."""
        return from_wire(HostOwner, self._call("resolve_host", host=host))

    def sign_in(self, *, host: str, login: str, password: str, address: str, user_agent: str) -> SignedIn:
        """`Unauthenticated` (always alike, whatever was wrong) or `TooManyRequests`."""
        arguments = {"host": host, "login": login, "password": password, "address": address, "user_agent": user_agent}
        return from_wire(SignedIn, self._call("sign_in", **arguments))

    def session(self, *, host: str, token: str) -> Principal:
        """Who the session token belongs to, on this host only; `Unauthenticated`."""
        return from_wire(Principal, self._call("session", host=host, token=token))

    def sign_out(self, token: str) -> None:
        self._call("sign_out", token=token)

    def create_operator(self, *, login: str, password: str, host: str) -> str:
        """User id of the platform operator, who signs in at `host`; idempotent by login."""
        return self._call("create_operator", login=login, password=password, host=host)

    def create_partner(
        self, *, name: str, hosts: list[str], login: str, password: str, zone: str, email: str = ""
    ) -> Partner:
        arguments = {"name": name, "hosts": hosts, "login": login, "password": password, "zone": zone, "email": email}
        return from_wire(Partner, self._call("create_partner", **arguments))

    def set_partner_email(self, partner_id: str, *, email: str) -> Partner:
        """Where letters to the partner go from now on, empty: nowhere. `Malformed` for what is no address."""
        return from_wire(Partner, self._call("set_partner_email", partner_id=partner_id, email=email))

    def list_partners(self) -> list[Partner]:
        return many_from_wire(Partner, self._call("list_partners"))

    def partners(self, ids: list[str]) -> list[Partner]:
        """Those that exist among up to 1,000 ids: for other services, never for a request of people."""
        return many_from_wire(Partner, self._call("partners", ids=ids))

    def publish_offer(self, partner_id: str, *, text: str, author: str) -> Offer:
        """The next version of the oferta; every advertiser is asked to accept it anew."""
        return from_wire(Offer, self._call("publish_offer", partner_id=partner_id, text=text, author=author))

    def offers(self, partner_id: str) -> list[Offer]:
        """Every version, newest first, with the number of its acceptances."""
        return many_from_wire(Offer, self._call("offers", partner_id=partner_id))

    def offer_for(self, partner_id: str, advertiser_id: str) -> Offer | None:
        """The newest version, and whether this advertiser accepted it; None where the partner has none."""
        found = self._call("offer_for", partner_id=partner_id, advertiser_id=advertiser_id)
        return None if found is None else from_wire(Offer, found)

    def accept_offer(
        self, partner_id: str, advertiser_id: str, *, version: int, login: str, address: str
    ) -> OfferAcceptance:
        """Stored once with who and from where; `Conflict` when the version is not the newest any more."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "version": version}
        return from_wire(OfferAcceptance, self._call("accept_offer", login=login, address=address, **arguments))

    def offer_acceptances(self, partner_id: str, version: int) -> list[OfferAcceptance]:
        """Newest first, at most 1,000."""
        arguments = {"partner_id": partner_id, "version": version}
        return many_from_wire(OfferAcceptance, self._call("offer_acceptances", **arguments))
