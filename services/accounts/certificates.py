"""Certificates of domains: PEM from people, read and judged before anything is kept. No bus, SQL, clock.

Names after RFC 9525 (subject alternative names alone, a wildcard for exactly one whole label on the left). Signatures
cost the processor some milliseconds each: call `checked` through `eventlet.tpool`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

MOST_PEM = 64 * 1024
MOST_CHAIN = 10
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 8192
CURVES = ("secp256r1", "secp384r1", "secp521r1")
#: Before its end, largest first: at each of these the partner and the operator are told once.
WARNING_DAYS = (30, 14, 7, 1)
MOST_NAMES_KEPT = 100
MOST_TEXT = 500

_PEM = serialization.Encoding.PEM
_BROKEN = (hashes.MD5, hashes.SHA1)


class Refused(Exception):
    """`pointer` names the field, `code` is one of `contracts.accounts_domains.DOMAIN_PROBLEMS`."""

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__(pointer, code)
        self.pointer, self.code = pointer, code


@dataclass(slots=True, frozen=True)
class Checked:
    """`chain` and `key` in PEM as they are kept; `key` empty where none was given."""

    chain: str
    key: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    fingerprint: str
    length: int


def checked(chain: str, key: str, host: str, now: datetime, *, with_key: bool = True) -> Checked:
    """The certificate of `host`; `Refused` with the first thing that is wrong."""
    read = _chain(chain)
    leaf = read[0]
    if with_key and not key.strip():
        raise Refused("/key", "key_required")
    private = _key(key) if with_key else None
    _check_public_key(leaf, "/chain")
    if private is not None and _public(private.public_key()) != _public(leaf.public_key()):
        raise Refused("/key", "key_mismatch")
    names = _names(leaf)
    if not any(covers(name, host) for name in names):
        raise Refused("/chain", "certificate_other_name")
    _check_times(read, now)
    _check_use(leaf)
    _check_links(read)
    return Checked(
        chain="".join(one.public_bytes(_PEM).decode() for one in read),
        key=_written(private) if private is not None else "",
        subject=leaf.subject.rfc4514_string()[:MOST_TEXT],
        issuer=leaf.issuer.rfc4514_string()[:MOST_TEXT],
        names=names[:MOST_NAMES_KEPT],
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(":"),
        length=len(read),
    )


def covers(name: str, host: str) -> bool:
    """Whether a name of a certificate is that of the host (RFC 9525, 6.3); both in ASCII, the host in small letters."""
    name = name.lower()
    if not name.startswith("*."):
        return name == host
    _, dot, rest = host.partition(".")
    return bool(dot) and rest == name[2:] and "*" not in rest


def days_left(not_after: datetime, now: datetime) -> int:
    """Whole days until the end, rounded down: 0 on its last day, below 0 after it."""
    return (not_after - now) // timedelta(days=1)


def warning_step(not_after: datetime, now: datetime) -> int | None:
    """The smallest of `WARNING_DAYS` within which the end is, None where it is further off."""
    due = [days for days in WARNING_DAYS if not_after - now <= timedelta(days=days)]
    return min(due) if due else None


def _chain(text: str) -> list[x509.Certificate]:
    if "PRIVATE KEY" in text:
        raise Refused("/chain", "certificate_holds_key")
    if not text.strip():
        raise Refused("/chain", "required")
    if len(text) > MOST_PEM:
        raise Refused("/chain", "certificate_too_large")
    try:
        read = x509.load_pem_x509_certificates(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise Refused("/chain", "certificate_unreadable") from None
    if len(read) > MOST_CHAIN:
        raise Refused("/chain", "certificate_too_large")
    return read


def _key(text: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    # Nothing of the key may be in a traceback, so every cause is left out.
    if len(text) > MOST_PEM:
        raise Refused("/key", "key_unreadable")
    try:
        found = serialization.load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise Refused("/key", "key_encrypted") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Refused("/key", "key_unreadable") from None
    if not isinstance(found, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Refused("/key", "key_kind")
    return found


def _check_public_key(leaf: x509.Certificate, pointer: str) -> None:
    try:
        public = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Refused(pointer, "key_kind") from None
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < LEAST_RSA_BITS:
            raise Refused(pointer, "key_weak")
        if public.key_size <= MOST_RSA_BITS:
            return
    elif isinstance(public, ec.EllipticCurvePublicKey):
        if public.curve.key_size < 256:
            raise Refused(pointer, "key_weak")
        if public.curve.name in CURVES:
            return
    raise Refused(pointer, "key_kind")


def _public(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | object) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)  # type: ignore[union-attr]


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    """Names of the subject itself are read by no browser any more."""
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    except (ValueError, x509.DuplicateExtension):
        raise Refused("/chain", "certificate_unreadable") from None
    return tuple(found.value.get_values_for_type(x509.DNSName))


def _check_times(read: list[x509.Certificate], now: datetime) -> None:
    leaf, *issuers = read
    if leaf.not_valid_after_utc <= now:
        raise Refused("/chain", "certificate_expired")
    if leaf.not_valid_before_utc > now:
        raise Refused("/chain", "certificate_early")
    if not all(one.not_valid_before_utc <= now < one.not_valid_after_utc for one in issuers):
        raise Refused("/chain", "chain_expired")


def _check_use(leaf: x509.Certificate) -> None:
    try:
        algorithm = leaf.signature_hash_algorithm
    except UnsupportedAlgorithm:
        raise Refused("/chain", "certificate_weak") from None
    if isinstance(algorithm, _BROKEN):
        raise Refused("/chain", "certificate_weak")
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}.intersection(usage):
        raise Refused("/chain", "certificate_purpose")


def _check_links(read: list[x509.Certificate]) -> None:
    for one, issuer in pairwise(read):
        if one.issuer != issuer.subject:
            raise Refused("/chain", "chain_order")
        if not _is_authority(issuer):
            raise Refused("/chain", "chain_signature")
        try:
            one.verify_directly_issued_by(issuer)
        except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
            raise Refused("/chain", "chain_signature") from None


def _is_authority(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _written(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return private.private_bytes(_PEM, form, serialization.NoEncryption()).decode()
