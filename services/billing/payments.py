"""What may be asked of a payment system, and how its payments are shown. No SQL, no clock."""

from collections.abc import Sequence

from sqlalchemy import RowMapping

from contracts.billing_payments import BankPaymentQuery, Payment, PaymentQuery, ProviderSettings
from contracts.errors import NotFound
from kit.clock import maybe_rfc3339, to_rfc3339
from kit.money import MINOR_PER_UNIT, format_money
from services.billing.checks import ID_RULE, Problems, is_id, is_text
from services.billing.providers import PROVIDERS
from services.billing.providers.protocol import Callback, Provider

MINOR_PER_KOPECK = MINOR_PER_UNIT // 100
LEAST_PAYMENT = 1 * MINOR_PER_UNIT
MOST_PAYMENT = 1_000_000 * MINOR_PER_UNIT
#: Of one advertiser in a day, whether they were paid or not: each is a row, and a page of the payment system.
MOST_STARTED_A_DAY = 200
MOST_LOGIN_CHARACTERS = 100
#: Robokassa takes no longer description.
MOST_DESCRIPTION_CHARACTERS = 100
MOST_PASSWORD_CHARACTERS = 200
MOST_PAGE = 100_000
MOST_PAGE_SIZE = 500
MOST_FIELDS = 50
MOST_FIELD_CHARACTERS = 2_000

AMOUNT_RULE = (
    f"a payment is a whole number of kopecks from {format_money(LEAST_PAYMENT)} to {format_money(MOST_PAYMENT)}"
)


def provider_named(name: object) -> Provider:
    found = PROVIDERS.get(name) if isinstance(name, str) else None
    if found is None:
        raise NotFound("There is no such payment system")
    return found


def check_amount(problems: Problems, amount: object) -> None:
    whole = type(amount) is int and amount % MINOR_PER_KOPECK == 0
    problems.require(whole and LEAST_PAYMENT <= amount <= MOST_PAYMENT, "/amount", AMOUNT_RULE)  # type: ignore[operator]


def check_settings(settings: ProviderSettings, passwords: dict[str, str]) -> None:
    """`passwords`: those that will be stored. `Malformed` names each field that is wrong, or missing to be enabled."""
    provider, problems, where = provider_named(settings.provider), Problems(), "/settings"
    least = 1 if settings.enabled else 0
    login = settings.login.isprintable() and not set(settings.login) & set(": ")
    problems.require(
        login and least <= len(settings.login) <= MOST_LOGIN_CHARACTERS,
        f"{where}/login",
        "the login of the shop, without spaces and colons",
    )
    problems.require(
        settings.description.isprintable() and least <= len(settings.description) <= MOST_DESCRIPTION_CHARACTERS,
        f"{where}/description",
        f"what the payer reads, in 1 to {MOST_DESCRIPTION_CHARACTERS} characters",
    )
    problems.require(
        settings.algorithm in provider.algorithms, f"{where}/algorithm", f"one of {', '.join(provider.algorithms)}"
    )
    for name in provider.password_names:
        problems.require(
            bool(passwords.get(name)) or not settings.enabled, f"{where}/secrets/{name}", "give a password"
        )
    problems.refuse_if_any()


def check_query(query: PaymentQuery | BankPaymentQuery, states: Sequence[str]) -> None:
    """`Malformed` names every field that breaks a rule, as `/query/<field>`."""
    problems = Problems()
    problems.require(is_id(query.partner_id), "/query/partner_id", ID_RULE)
    advertiser_id = getattr(query, "advertiser_id", None)
    problems.require(advertiser_id is None or is_id(advertiser_id), "/query/advertiser_id", ID_RULE)
    problems.require(query.state in {"", *states}, "/query/state", f"one of {', '.join(states)}, or nothing")
    problems.require(0 < query.page <= MOST_PAGE, "/query/page", f"a number from 1 to {MOST_PAGE}")
    problems.require(0 < query.page_size <= MOST_PAGE_SIZE, "/query/page_size", f"a number from 1 to {MOST_PAGE_SIZE}")
    problems.refuse_if_any()


def merged(provider: Provider, stored: dict[str, str], given: dict[object, object]) -> dict[str, str]:
    """The passwords to store: an empty value keeps what is there. `Malformed` for one that the provider has not."""
    problems = Problems()
    known = given.keys() <= set(provider.password_names)
    problems.require(known, "/settings/secrets", f"the passwords of the shop are {', '.join(provider.password_names)}")
    problems.refuse_if_any()
    for name, value in given.items():
        usable = isinstance(value, str) and value.isprintable() and len(value) <= MOST_PASSWORD_CHARACTERS
        rule = f"a password of at most {MOST_PASSWORD_CHARACTERS} characters"
        problems.require(usable, f"/settings/secrets/{name}", rule)
    problems.refuse_if_any()
    kept = {name: stored[name] for name in provider.password_names if name in stored}
    return kept | {str(name): str(value) for name, value in given.items() if value}


def check_fields(fields: object) -> None:
    """A callback is a small set of texts."""
    problems = Problems()
    few = isinstance(fields, dict) and len(fields) <= MOST_FIELDS
    problems.require(few, "/fields", f"at most {MOST_FIELDS} fields")
    if isinstance(fields, dict) and few:
        for text in (*fields, *fields.values()):
            fits = is_text(text) or (isinstance(text, str) and len(text) <= MOST_FIELD_CHARACTERS and "\0" not in text)
            problems.require(fits and text.isprintable(), "/fields", "a printable text of moderate length")
    problems.refuse_if_any()


def pays(callback: Callback, amount: int) -> bool:
    """Whether exactly this sum was paid; `amount` in 1/10,000 of the currency."""
    return callback.amount * MINOR_PER_UNIT == amount


def payment_of(row: RowMapping) -> Payment:
    return Payment(
        id=row["id"],
        number=row["number"],
        partner_id=row["partner_id"],
        advertiser_id=row["advertiser_id"],
        provider=row["provider"],
        amount=row["amount"],
        state=row["state"],
        created_at=to_rfc3339(row["created_at"]),
        paid_at=maybe_rfc3339(row["paid_at"]),
        package_id=row["package_id"],
        problem=row["problem"],
        test=row["test"],
    )
