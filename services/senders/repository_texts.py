"""Queries on texts: rules, what waits, what was decided. Whatever people ask for is asked by (partner_id, …)."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.senders.models import policies
from services.senders.models_texts import text_decisions, text_rules, waiting_texts

MOST_RULES = 100
MOST_TEMPLATES = 200

#: (advertiser id, key of the text)
Key = tuple[str, bytes]


def owners(connection: Connection, advertiser_ids: Collection[str]) -> dict[str, Row]:
    """(partner_id, texts_automatic) of those of these advertisers that are known."""
    query = sa.select(policies.c.advertiser_id, policies.c.partner_id, policies.c.texts_automatic)
    rows = connection.execute(query.where(policies.c.advertiser_id.in_(advertiser_ids)))
    return {row.advertiser_id: row for row in rows}


def rules_of(connection: Connection, partner_ids: Collection[str]) -> list[Row]:
    """Oldest first."""
    query = sa.select(text_rules).where(text_rules.c.partner_id.in_(partner_ids)).order_by(text_rules.c.id)
    return list(connection.execute(query))


def decided(connection: Connection, keys: Collection[Key]) -> dict[Key, Row]:
    both = sa.tuple_(text_decisions.c.advertiser_id, text_decisions.c.key)
    query = sa.select(text_decisions).where(both.in_(list(keys)))
    return {(row.advertiser_id, bytes(row.key)): row for row in connection.execute(query)} if keys else {}


def templates(connection: Connection, advertiser_ids: Collection[str]) -> dict[str, list[str]]:
    """Patterns by advertiser."""
    own = text_decisions.c.advertiser_id.in_(advertiser_ids), text_decisions.c.key.is_(None)
    query = sa.select(text_decisions.c.advertiser_id, text_decisions.c.pattern).where(*own)
    found: dict[str, list[str]] = {}
    for advertiser_id, pattern in connection.execute(query.order_by(text_decisions.c.id)):
        found.setdefault(advertiser_id, []).append(pattern)
    return found


def waiting_ids(connection: Connection, keys: Collection[Key]) -> dict[Key, str]:
    """Ids of those of these texts that wait."""
    if not keys:
        return {}
    both = sa.tuple_(waiting_texts.c.advertiser_id, waiting_texts.c.key)
    query = sa.select(waiting_texts.c.id, waiting_texts.c.advertiser_id, waiting_texts.c.key)
    rows = connection.execute(query.where(both.in_(list(keys))))
    return {(row.advertiser_id, bytes(row.key)): row.id for row in rows}


def count_waiting(connection: Connection, advertiser_ids: Collection[str]) -> dict[str, int]:
    """How many texts of each of these advertisers wait."""
    query = sa.select(waiting_texts.c.advertiser_id, sa.func.count())
    query = query.where(waiting_texts.c.advertiser_id.in_(advertiser_ids)).group_by(waiting_texts.c.advertiser_id)
    return dict.fromkeys(advertiser_ids, 0) | {row[0]: row[1] for row in connection.execute(query)}


def add_waiting(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """One that waits already stays as it is."""
    if rows:
        connection.execute(insert(waiting_texts).values(list(rows)).on_conflict_do_nothing())


def known_waiting(connection: Connection, ids: Collection[str]) -> set[str]:
    query = sa.select(waiting_texts.c.id).where(waiting_texts.c.id.in_(ids))
    return set(connection.execute(query).scalars())


def page_of_waiting(connection: Connection, partner_id: str, after: str | None, limit: int) -> list[Row]:
    """Oldest first."""
    query = sa.select(waiting_texts).where(waiting_texts.c.partner_id == partner_id)
    if after:
        query = query.where(waiting_texts.c.id > after)
    return list(connection.execute(query.order_by(waiting_texts.c.id).limit(limit)))


def count_of_partner(connection: Connection, partner_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(waiting_texts).where(waiting_texts.c.partner_id == partner_id)
    return int(connection.execute(query).scalar_one())


def waiting_of(connection: Connection, partner_id: str, advertiser_id: str) -> list[Row]:
    """All that waits of an advertiser, locked in the order of ids."""
    own = waiting_texts.c.partner_id == partner_id, waiting_texts.c.advertiser_id == advertiser_id
    return list(connection.execute(sa.select(waiting_texts).where(*own).order_by(waiting_texts.c.id).with_for_update()))


def lock_waiting(connection: Connection, partner_id: str, ids: Collection[str]) -> list[Row]:
    """Those of these that wait for this partner, locked in the order of ids."""
    own = waiting_texts.c.partner_id == partner_id, waiting_texts.c.id.in_(ids)
    return list(connection.execute(sa.select(waiting_texts).where(*own).order_by(waiting_texts.c.id).with_for_update()))


def lock_by_rule(connection: Connection, partner_id: str, rule_id: str) -> list[Row]:
    own = waiting_texts.c.partner_id == partner_id, waiting_texts.c.rule_id == rule_id
    return list(connection.execute(sa.select(waiting_texts).where(*own).order_by(waiting_texts.c.id).with_for_update()))


def drop_waiting(connection: Connection, ids: Collection[str]) -> None:
    if ids:
        connection.execute(waiting_texts.delete().where(waiting_texts.c.id.in_(ids)))


def put_decisions(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """What was decided before about the same text is decided anew."""
    listed = list(rows)
    if not listed:
        return
    added = insert(text_decisions).values(listed)
    names = ("state", "reason", "author", "decided_at", "pattern")
    changed = {name: getattr(added.excluded, name) for name in names}
    connection.execute(added.on_conflict_do_update(index_elements=["advertiser_id", "key"], set_=changed))


def count_templates(connection: Connection, advertiser_id: str) -> int:
    own = text_decisions.c.advertiser_id == advertiser_id, text_decisions.c.key.is_(None)
    return int(connection.execute(sa.select(sa.func.count()).select_from(text_decisions).where(*own)).scalar_one())


def page_of_decisions(connection: Connection, partner_id: str, before: str | None, limit: int) -> list[Row]:
    """Newest first."""
    query = sa.select(text_decisions).where(text_decisions.c.partner_id == partner_id)
    if before:
        query = query.where(text_decisions.c.id < before)
    return list(connection.execute(query.order_by(text_decisions.c.id.desc()).limit(limit)))


def drop_decision(connection: Connection, partner_id: str, decision_id: str) -> str | None:
    """Whose advertiser's it was; None where there is none."""
    own = text_decisions.c.partner_id == partner_id, text_decisions.c.id == decision_id
    gone = text_decisions.delete().where(*own).returning(text_decisions.c.advertiser_id)
    return connection.execute(gone).scalar_one_or_none()


def lock_rules(connection: Connection, partner_id: str) -> list[Row]:
    """The partner's rules; changes of them come one after another."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:partner))"), {"partner": f"rules {partner_id}"})
    return rules_of(connection, [partner_id])


def put_rule(connection: Connection, values: dict[str, Any]) -> Row:
    added = insert(text_rules).values(values)
    changed = added.on_conflict_do_update(index_elements=["id"], set_=values)
    return connection.execute(changed.returning(text_rules)).one()


def drop_rule(connection: Connection, partner_id: str, rule_id: str) -> bool:
    own = text_rules.c.partner_id == partner_id, text_rules.c.id == rule_id
    return connection.execute(text_rules.delete().where(*own)).rowcount > 0
