"""The letters that tell of a certificate's end. No bus, no SQL, no clock."""

from datetime import datetime
from typing import Any

from contracts.accounts import Partner
from contracts.accounts_domains import ExpiringCertificate
from kit.clock import from_rfc3339
from services.notify.letters import Template, rows_for_both

PARTNER_KIND, OPERATOR_KIND = "certificate", "operator_certificate"
_PLACEHOLDERS = frozenset({"NAME", "HOST", "DAY"})

# Nobody has said which language a partner or the operator reads, so these are in both.
TO_PARTNER = Template(
    subject="Сертификат домена {HOST} заканчивается / The certificate of {HOST} ends soon",
    text=(
        "Здравствуйте, {NAME}!\n\n"
        "Сертификат домена {HOST} действует до {DAY}.\n"
        "Если его не заменить, браузеры начнут предупреждать каждого, кто заходит на этот домен.\n"
        "Новый сертификат загружает оператор платформы: передайте его заранее.\n\n"
        "Hello {NAME}!\n\n"
        "The certificate of {HOST} is valid until {DAY}.\n"
        "Unless it is replaced, browsers will warn everybody who comes to this domain.\n"
        "The operator of the platform uploads the new one: hand it over in time.\n"
    ),
    placeholders=_PLACEHOLDERS,
)
TO_OPERATOR = Template(
    subject="Сертификат заканчивается / A certificate ends soon: {HOST}",
    text=(
        "Сертификат домена {HOST} партнёра {NAME} действует до {DAY}.\n"
        "Загрузите новый или поручите выпуск центру кластера.\n\n"
        "The certificate of {HOST}, a domain of the partner {NAME}, is valid until {DAY}.\n"
        "Upload a new one or leave it to the issuer of the cluster.\n"
    ),
    placeholders=_PLACEHOLDERS,
)


def certificate_rows(
    ending: ExpiringCertificate, partner: Partner | None, operator_mail: str, now: datetime
) -> list[dict[str, Any]]:
    """The rows of the letters that tell of one certificate, as `letters.funds_ended_rows`."""
    values = {
        "NAME": partner.name if partner else ending.partner_id,
        "HOST": ending.shown,
        "DAY": f"{from_rfc3339(ending.not_after):%d.%m.%Y}",
    }
    both = ((PARTNER_KIND, TO_PARTNER), (OPERATOR_KIND, TO_OPERATOR))
    return rows_for_both(ending.partner_id, partner, operator_mail, both, values, now)
