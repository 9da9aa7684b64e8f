"""The proof that billing's own numbers agree, in SQL. Each check is one statement, so it sees one moment of the data.

What is checked against other services (messages, statistics) is not here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from services.billing.invoices_audit import INVOICE_CHECKS
from services.billing.packages_audit import PACKAGE_CHECKS
from services.billing.payments_audit import PAYMENT_CHECKS

MOST_FINDINGS_PER_CHECK = 100
STATEMENT_TIMEOUT_MINUTES = 15
#: The checks join all messages with all entries.
WORK_MEMORY_MEGABYTES = 128
#: A message is submitted within its validity, its receipt awaited for days: together less than this.
HOLD_LIMIT = timedelta(days=7)


@dataclass(slots=True, frozen=True)
class Finding:
    """A disagreement: which check, whose (account, package, message or entry id), and the two numbers in words."""

    check: str
    subject: str
    detail: str


#: The sums of each owner's places, by its entries.
PLACES = """
    SELECT {key}, sum(moved.amount) FILTER (WHERE place = 'available') AS available,
        sum(moved.amount) FILTER (WHERE place = 'held') AS held,
        sum(moved.amount) FILTER (WHERE place = 'charged') AS spent,
        sum(moved.amount) FILTER (WHERE place = 'expired') AS expired,
        -sum(moved.amount) FILTER (WHERE place = 'outside') AS credited
    FROM (
        SELECT account_id, package_id, credit_account AS place, amount FROM ledger_entry
        UNION ALL SELECT account_id, package_id, debit_account, -amount FROM ledger_entry
    ) AS moved GROUP BY {key}
"""

#: Both sides of a charge in portions, whichever way they are stored.
SELL = "coalesce(sell_portions, ARRAY[ARRAY[parts, sell_price, CAST(by_delivered AS integer)]])"
BUY = "coalesce(buy_portions, ARRAY[ARRAY[parts, buy_price, CAST(buy_by_delivered AS integer)]])"

_ENDED = """
    SELECT sum({portions}[n][2] * length(translate(
        substr(outcomes, 1 + CAST(before AS integer), CAST({portions}[n][1] AS integer)),
        CASE {portions}[n][3] WHEN 1 THEN 'ux' ELSE 'x' END, '')))
    FROM generate_subscripts({portions}, 1) AS n,
        LATERAL (SELECT coalesce(sum({portions}[k][1]), 0) AS before FROM generate_series(1, n - 1) AS k) AS place
"""


def _kept(side: str, *, held: bool = False) -> str:
    """What stays of a settled charge by its outcomes (`held`: of what was on hold); NULL before it is settled."""
    prefix = "" if side == "sell" else "buy_"
    letters = f"CASE WHEN {prefix}by_delivered THEN 'ux' ELSE 'x' END"
    single = f"{side}_price * length(translate(outcomes, {letters}, ''))"
    ended = _ENDED.format(portions=f"{side}_portions")
    if held:
        single = f"CASE WHEN {prefix}by_delivered OR outcomes IS NULL THEN {single} ELSE 0 END"
        ended = f"coalesce(({ended} WHERE {side}_portions[n][3] = 1), CASE WHEN outcomes IS NOT NULL THEN 0 END)"
    return f"CASE WHEN {side}_portions IS NULL THEN {single} ELSE ({ended}) END"


#: name -> a query of (subject, detail), empty when all is well.
CHECKS = {
    # The kept balance of an account is the sum of its entries.
    "account_entries": f"""
        SELECT coalesce(account.id, entries.account_id),
            format('kept credited %s spent %s held %s expired %s, entries say %s, %s, %s, %s', account.credited,
            account.spent, account.held, account.expired,
            entries.credited, entries.spent, entries.held, entries.expired)
        FROM account FULL JOIN ({PLACES.format(key="account_id")}) AS entries ON entries.account_id = account.id
        WHERE account.id IS NULL
            OR account.credited <> coalesce(entries.credited, 0)
            OR account.spent <> coalesce(entries.spent, 0)
            OR account.held <> coalesce(entries.held, 0)
            OR account.expired <> coalesce(entries.expired, 0)
            OR account.credited - account.spent - account.held - account.expired <> coalesce(entries.available, 0)
    """,
    # So is that of a package.
    "package_entries": f"""
        SELECT coalesce(package.id, entries.package_id),
            format('kept credited %s spent %s held %s expired %s, entries say %s, %s, %s, %s', package.credited,
            package.spent, package.held, package.expired,
            entries.credited, entries.spent, entries.held, entries.expired)
        FROM package FULL JOIN ({PLACES.format(key="package_id")}) AS entries ON entries.package_id = package.id
        WHERE (entries.package_id IS NOT NULL AND package.id IS NULL)
            OR package.credited <> coalesce(entries.credited, 0)
            OR package.spent <> coalesce(entries.spent, 0)
            OR package.held <> coalesce(entries.held, 0)
            OR package.expired <> coalesce(entries.expired, 0)
    """,
    # An advertiser has what its packages have.
    "account_packages": """
        SELECT account.id, format('credited %s spent %s held %s expired %s, its packages %s, %s, %s, %s',
            account.credited, account.spent, account.held, account.expired, packages.credited, packages.spent, packages.held,
            packages.expired)
        FROM account LEFT JOIN (
            SELECT advertiser_id, sum(credited) AS credited, sum(spent) AS spent, sum(held) AS held,
                sum(expired) AS expired
            FROM package GROUP BY advertiser_id
        ) AS packages ON packages.advertiser_id = account.id
        WHERE account.kind = 'advertiser' AND (account.credited <> coalesce(packages.credited, 0)
            OR account.spent <> coalesce(packages.spent, 0) OR account.held <> coalesce(packages.held, 0)
            OR account.expired <> coalesce(packages.expired, 0))
    """,
    # Nothing is below zero or past its limit. The constraints forbid it: this proves that they are there.
    "limits": """
        SELECT id, format('account: credited %s spent %s held %s credit %s', credited, spent, held, credit) FROM account
        WHERE least(credited, spent, held, credit) < 0 OR (kind = 'partner' AND spent + held > credited + credit)
        UNION ALL
        SELECT id, format('package: credited %s spent %s held %s credit %s', credited, spent, held, credit) FROM package
        WHERE least(credited, spent, held, credit, expired) < 0
            OR (NOT postpaid AND spent + held + expired > credited + credit)
            OR (deleted_at IS NOT NULL AND (used OR greatest(credited, spent, held, expired) > 0))
    """,
    # An entry moves a sum above zero as its kind says, within a package of its account.
    "entry_shape": """
        SELECT entry.id, format('%s of %s from %s to %s', kind, amount, debit_account, credit_account)
        FROM ledger_entry AS entry LEFT JOIN package ON package.id = entry.package_id
        WHERE amount <= 0 OR (kind, debit_account, credit_account) NOT IN (
                ('credit', 'outside', 'available'), ('debit', 'available', 'charged'), ('hold', 'available', 'held'),
                ('capture', 'held', 'charged'), ('release', 'held', 'available'), ('refund', 'charged', 'available'),
                ('correction', 'outside', 'available'), ('correction_down', 'available', 'outside'),
                ('expire', 'available', 'expired'), ('expire_undone', 'expired', 'available'))
            OR package.advertiser_id <> entry.account_id
    """,
    # A message has entries only if it is charged.
    "entry_charge": """
        SELECT entry.id, format('%s of %s for message %s, which has no charge', kind, amount, message_id)
        FROM ledger_entry AS entry
        WHERE message_id IS NOT NULL AND NOT EXISTS (SELECT FROM charge WHERE charge.message_id = entry.message_id)
    """,
    # Every charge has its debits or holds once, of each package what its portions say, and the partner's.
    "charge_taken": """
        WITH said AS (
            SELECT message_id, advertiser_id AS account_id, package_id, kind, sum(amount) AS amount
            FROM charge, unnest(package_ids, package_amounts, package_portions) AS share (package_id, amount, portion),
                LATERAL (SELECT CASE WHEN coalesce(by_delivered, sell_portions[portion][3] = 1)
                    THEN 'hold' ELSE 'debit' END AS kind) AS terms
            GROUP BY message_id, advertiser_id, package_id, kind
            UNION ALL SELECT message_id, partner_id, NULL, 'hold', buy_held FROM charge WHERE buy_held > 0
            UNION ALL
            SELECT message_id, partner_id, NULL, 'debit', buy_amount - buy_held FROM charge WHERE buy_amount > buy_held
        ), entered AS (
            SELECT message_id, account_id, package_id, kind, sum(amount) AS amount, count(*) AS entries
            FROM ledger_entry WHERE kind IN ('debit', 'hold') GROUP BY message_id, account_id, package_id, kind
        )
        SELECT coalesce(said.message_id, entered.message_id), format('charged %s %s, %s entries of %s %s',
            said.kind, said.amount, coalesce(entries, 0), entered.kind, entered.amount)
        FROM said FULL JOIN entered ON entered.message_id = said.message_id AND entered.account_id = said.account_id
            AND coalesce(entered.package_id, entered.account_id) = coalesce(said.package_id, said.account_id)
            AND entered.kind = said.kind
        WHERE said.amount IS DISTINCT FROM entered.amount OR entries <> 1
    """,
    # The portions are all parts and the sums; the shares of the packages are what each portion costs.
    "charge_portions": f"""
        SELECT message_id, format('sell %s of which held %s in %s from packages %s in %s, buy %s of which held %s in %s',
            sell_amount, sell_held, {SELL}, package_amounts, package_portions, buy_amount, buy_held, {BUY})
        FROM charge
        WHERE NOT portions_agree({SELL}, parts, sell_amount, sell_held)
            OR NOT portions_agree({BUY}, parts, buy_amount, buy_held)
            OR sell_amount <> (SELECT coalesce(sum(amount), 0) FROM unnest(package_amounts) AS amount)
            OR EXISTS (SELECT FROM generate_subscripts(sell_portions, 1) AS n
                WHERE sell_portions[n][1] * sell_portions[n][2] <> (SELECT coalesce(sum(amount), 0)
                    FROM unnest(package_amounts, package_portions) AS share (amount, portion) WHERE portion = n))
    """,
    # A settled charge costs what its parts say.
    "charge_sums": f"""
        SELECT message_id, format('sell %s, buy %s, ended %s, charged %s cost %s refunded %s',
            {SELL}, {BUY}, outcomes, charged, cost, refunded)
        FROM charge
        WHERE length(outcomes) <> parts OR charged <> {_kept("sell")} OR cost <> {_kept("buy")}
            OR refunded NOT BETWEEN 0 AND coalesce(charged, 0)
    """,
    # Of a settled charge, captured and released are what was held, and what was not kept was given back.
    # One that is not settled has none of these entries.
    "charge_ended": f"""
        WITH ended AS (
            SELECT message_id, account_id, sum(amount) FILTER (WHERE kind = 'capture') AS captured,
                sum(amount) FILTER (WHERE kind = 'release') AS released,
                sum(amount) FILTER (WHERE kind = 'refund') AS refunded
            FROM ledger_entry WHERE kind IN ('capture', 'release', 'refund') GROUP BY message_id, account_id
        ), expected AS (
            SELECT message_id, advertiser_id AS account_id, sell_held AS held, sell_amount - sell_held AS debited,
                charged AS kept, {_kept("sell", held=True)} AS kept_of_held, refunded
            FROM charge
            UNION ALL
            SELECT message_id, partner_id, buy_held, buy_amount - buy_held, cost, {_kept("buy", held=True)}, 0 FROM charge
        )
        SELECT expected.message_id, format('held %s debited %s kept %s, entries captured %s released %s refunded %s',
            held, debited, kept, captured, released, ended.refunded)
        FROM expected LEFT JOIN ended
            ON ended.message_id = expected.message_id AND ended.account_id = expected.account_id
        WHERE coalesce(captured, 0) <> coalesce(kept_of_held, 0)
            OR coalesce(released, 0) <> coalesce(held - kept_of_held, 0)
            OR coalesce(ended.refunded, 0) <> expected.refunded + coalesce(debited - (kept - kept_of_held), 0)
    """,
    # The counters are the parts of the month's charges, of those whose direction is known.
    "usage": """
        WITH charged AS (
            SELECT advertiser_id AS account_id, sell_month AS month, mcc, mnc, sms_type, sum(parts) AS parts
            FROM charge WHERE sell_month IS NOT NULL GROUP BY advertiser_id, sell_month, mcc, mnc, sms_type
            UNION ALL
            SELECT partner_id, buy_month, mcc, mnc, sms_type, sum(parts)
            FROM charge WHERE buy_month IS NOT NULL GROUP BY partner_id, buy_month, mcc, mnc, sms_type
        )
        SELECT account_id, format('%s %s/%s %s, counted %s parts, charged %s', month, mcc, mnc, sms_type,
            usage.parts, charged.parts)
        FROM usage FULL JOIN charged USING (account_id, month, mcc, mnc, sms_type)
        WHERE usage.parts IS DISTINCT FROM charged.parts
    """,
    # No hold outlives its message's validity and the wait for its receipt.
    "old_hold": """
        SELECT message_id, format('sell %s and buy %s are on hold since %s', sell_held, buy_held, created_at)
        FROM charge
        WHERE settled_at IS NULL AND sell_held + buy_held > 0 AND created_at < to_timestamp({held_before})
    """,
    # An attempt was answered once: with a charge or with a refusal.
    "one_answer": """
        SELECT charge.message_id, format('attempt %s is both charged and refused (%s)', attempt, refusal)
        FROM charge JOIN refused_attempt USING (message_id, attempt)
    """,
}


def audit(connection: Connection, now: datetime | None = None, hold_limit: timedelta = HOLD_LIMIT) -> list[Finding]:
    """What disagrees, at most `MOST_FINDINGS_PER_CHECK` of each check; empty when everything agrees. Writes nothing.

    `now` is the present moment if not said otherwise; holds from `hold_limit` before it are findings too.
    """
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_MINUTES}min'"))
    connection.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY_MEGABYTES}MB'"))
    held_before = ((now or datetime.now(UTC)) - hold_limit).timestamp()
    findings = []
    for check, query in (CHECKS | PACKAGE_CHECKS | INVOICE_CHECKS | PAYMENT_CHECKS).items():
        # The queries hold no colons, so that nothing in them is taken for a parameter.
        asked = query.replace("{held_before}", str(held_before))
        rows = connection.execute(text(f"SELECT * FROM ({asked}) AS found LIMIT {MOST_FINDINGS_PER_CHECK}"))
        findings += [Finding(check, str(subject), detail) for subject, detail in rows]
    return findings
