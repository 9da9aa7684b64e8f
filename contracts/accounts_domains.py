"""accounts: domains of partners, from the request for a name to a host that is served, and their certificates."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, wire

#: What a domain goes through. Requests are served in the last state alone.
REQUESTED, DNS_VERIFIED, CERTIFICATE, ACTIVE = STATES = ("requested", "dns_verified", "certificate", "active")

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
DOMAIN_PROBLEMS = {
    "domain_invalid": "Write a domain name such as sms.example.ru, without address signs, path or port",
    "domain_is_address": "This is an IP address: write a domain name such as sms.example.ru",
    "domain_has_port": "Write the name without a port: the platform is served on the usual ones",
    "domain_platform": "This is a name of the platform itself",
    "domain_own": "The partner has this domain already",
    "too_many_domains": "A partner has at most 50 domains",
    "domains_repeated": "This domain stands in the list twice",
    "not_left_to_issuer": "The certificate of this domain is not left to the issuer of the cluster",
    "certificate_unreadable": "This is no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----",
    "certificate_holds_key": "A private key is pasted here: it belongs into the field of the key",
    "certificate_too_large": "This is larger than any certificate chain: at most 64 kB and 10 certificates",
    "certificate_expired": "The certificate has ended: get a new one",
    "certificate_early": "The certificate is not valid yet: upload it when it is",
    "certificate_other_name": "The certificate is for other names and does not cover this domain",
    "certificate_purpose": "The certificate is not meant for web servers",
    "certificate_weak": "The certificate is signed with MD5 or SHA-1, which browsers refuse: get a new one",
    "chain_order": "The chain is out of order: first the domain's certificate, then each issuer's in turn",
    "chain_signature": "A certificate of the chain was not signed by the one that follows it",
    "chain_expired": "A certificate of an issuer in the chain is not valid now",
    "key_required": "Give the private key too: a certificate can't be used without it",
    "key_unreadable": "This is no private key in PEM: it begins with -----BEGIN PRIVATE KEY-----",
    "key_encrypted": "The key is protected by a passphrase: take it off, as with openssl pkey -in key.pem -out plain.pem",
    "key_weak": "The key is too weak: RSA has at least 2048 bits, EC is P-256 or better",
    "key_kind": "Browsers take RSA keys of 2048 to 8192 bits and EC keys P-256, P-384 and P-521 alone",
    "key_mismatch": "The private key does not belong to this certificate",
}


@wire
class Certificate:
    """`source`: uploaded, or acme (the cluster's issuer has its key). `names`: what it is valid for. `fingerprint`: SHA-256,
    hexadecimal with colons. `chain`: how many certificates. `days_left`: whole days until its end, below 0 after it."""

    source: str
    subject: str
    issuer: str
    names: list[str]
    not_before: str
    not_after: str
    fingerprint: str
    chain: int
    days_left: int
    author: str


@wire
class Domain:
    """`host` as it is stored (xn-- where it is not Latin), `shown` as people write it.

    `issuing`: '' (nobody has chosen), uploaded or acme. `verdict`: what the last look at the DNS found: '' (never looked),
    ours, elsewhere, partly (some of it elsewhere), nothing (no such name or no address) or no_answer; `points_at`: where it
    points. `failures`: looks in a row that found it elsewhere. `version` grows with every change by people.
    """

    host: str
    shown: str
    partner_id: str
    state: str
    issuing: str
    verdict: str
    points_at: list[str]
    failures: int
    checked_at: str | None
    version: int
    created_at: str
    author: str
    certificate: Certificate | None = None


@wire
class Domains:
    """`names` and `addresses` are the platform's own, where domains are to point; both empty: nobody looks at the DNS."""

    items: list[Domain]
    names: list[str]
    addresses: list[str]
    next_host: str | None = None


@wire
class CertificateFiles:
    """For the ingress alone: `chain` and `key` in PEM, the key not encrypted."""

    host: str
    fingerprint: str
    chain: str
    key: str


@wire
class ExpiringCertificate:
    """`days`: 30, 14, 7 or 1: it ends within so many days, and this is told the first time."""

    partner_id: str
    host: str
    shown: str
    not_after: str
    days: int
    source: str = "uploaded"


class DomainCalls(Client):
    """A part of the client of accounts. Hosts come as people type them; a foreign one is `NotFound`, as an unknown one."""

    def domains(self, partner_id: str) -> Domains:
        """Oldest first."""
        return from_wire(Domains, self._call("domains", partner_id=partner_id))

    def all_domains(self, *, after: str = "", limit: int = 100) -> Domains:
        """Of all partners, by host, at most 1,000 at once; for the operator."""
        return from_wire(Domains, self._call("all_domains", after=after, limit=limit))

    def add_domain(self, partner_id: str, *, host: str, author: str) -> Domain:
        """Requested; active at once where the platform has no public names. `Malformed`, or `Conflict` for a taken one."""
        return from_wire(Domain, self._call("add_domain", partner_id=partner_id, host=host, author=author))

    def remove_domain(self, partner_id: str, host: str, *, version: int) -> None:
        """It is served no more, its certificate and key are gone; `Conflict` `changed_meanwhile`."""
        self._call("remove_domain", partner_id=partner_id, host=host, version=version)

    def check_domain(self, partner_id: str, host: str) -> Domain:
        """Look at the DNS now; takes some seconds at most."""
        return from_wire(Domain, self._call("check_domain", partner_id=partner_id, host=host))

    def serve_domain(self, partner_id: str, host: str, *, version: int) -> Domain:
        """The operator's own decision, whatever the DNS says and whether there is a certificate."""
        return from_wire(Domain, self._call("serve_domain", partner_id=partner_id, host=host, version=version))

    def put_certificate(self, partner_id: str, host: str, *, chain: str, key: str, version: int, author: str) -> Domain:
        """PEM texts; `Malformed` with `errors` at /chain and /key."""
        given = {"chain": chain, "key": key, "version": version, "author": author}
        return from_wire(Domain, self._call("put_certificate", partner_id=partner_id, host=host, **given))

    def leave_to_issuer(self, partner_id: str, host: str, *, version: int) -> Domain:
        """The ACME issuer of the cluster makes the certificate; an uploaded one and its key are dropped."""
        return from_wire(Domain, self._call("leave_to_issuer", partner_id=partner_id, host=host, version=version))

    def certificate_issued(self, host: str, *, chain: str, author: str) -> Domain:
        """What the ACME issuer made: its chain, without the key; `Conflict` where none was asked of it."""
        return from_wire(Domain, self._call("certificate_issued", host=host, chain=chain, author=author))

    def certificate_files(self, host: str) -> CertificateFiles:
        """For the operator's programs alone; `NotFound` where there is no uploaded certificate."""
        return from_wire(CertificateFiles, self._call("certificate_files", host=host))

    def expiring_certificates(self, partner_id: str | None) -> list[ExpiringCertificate]:
        """Of active domains, soonest first, at most 100; of all partners where None."""
        return many_from_wire(ExpiringCertificate, self._call("expiring_certificates", partner_id=partner_id))
