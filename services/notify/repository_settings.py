"""Every query of what partners and advertisers set about letters. Nothing is found without its partner."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row, Table
from sqlalchemy.dialects.postgresql import insert

from services.notify.hours import Hours
from services.notify.mail import LEASE
from services.notify.models import letter_text, letters, notice_settings, partner_mail, partner_notices


def put(connection: Connection, table: Table, keys: dict[str, str], values: dict[str, Any], version: int) -> bool:
    """Write the row as the next version of the one that was read; False where it is another one by now.

    `version` 0: none was read. Only a row of the same partner is ever changed.
    """
    row = keys | values | {"version": version + 1}
    if not version:
        return bool(connection.execute(insert(table).values(row).on_conflict_do_nothing()).rowcount)
    own = [table.c[name] == one for name, one in keys.items()]
    return bool(connection.execute(table.update().where(*own, table.c.version == version).values(row)).rowcount)


def who_changed(connection: Connection, table: Table, keys: dict[str, str]) -> Row | None:
    """`author` and `changed_at` of the row as it is now."""
    own = [table.c[name] == one for name, one in keys.items()]
    return connection.execute(sa.select(table.c.author, table.c.changed_at).where(*own)).one_or_none()


def mail(connection: Connection, partner_id: str) -> Row | None:
    return connection.execute(sa.select(partner_mail).where(partner_mail.c.partner_id == partner_id)).one_or_none()


def notices(connection: Connection, partner_id: str) -> Row | None:
    query = sa.select(partner_notices).where(partner_notices.c.partner_id == partner_id)
    return connection.execute(query).one_or_none()


def texts(connection: Connection, partner_ids: set[str], kinds: set[str]) -> dict[tuple[str, str], Row]:
    """The partners' own letters by (partner_id, kind), those that went back to the built-in text included."""
    wanted = sa.cast(sorted(partner_ids), sa.ARRAY(sa.UUID(as_uuid=False)))
    query = sa.select(letter_text).where(letter_text.c.partner_id == sa.any_(wanted), letter_text.c.kind.in_(kinds))
    return {(row.partner_id, row.kind): row for row in connection.execute(query)}


def notice_row(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    query = sa.select(notice_settings).where(
        notice_settings.c.partner_id == partner_id, notice_settings.c.advertiser_id == advertiser_id
    )
    return connection.execute(query).one_or_none()


def notice_rows(connection: Connection, advertiser_ids: set[str]) -> dict[str, Row]:
    wanted = sa.cast(sorted(advertiser_ids), sa.ARRAY(sa.UUID(as_uuid=False)))
    query = sa.select(notice_settings).where(notice_settings.c.advertiser_id == sa.any_(wanted))
    return {row.advertiser_id: row for row in connection.execute(query)}


def hours_of(connection: Connection, partner_ids: set[str]) -> dict[str, Hours]:
    """Of the partners that have set hours for letters."""
    wanted = sa.cast(sorted(partner_ids), sa.ARRAY(sa.UUID(as_uuid=False)))
    query = sa.select(partner_notices).where(
        partner_notices.c.partner_id == sa.any_(wanted), partner_notices.c.mail_from.is_not(None)
    )
    return {row.partner_id: Hours(row.mail_from, row.mail_to, row.zone) for row in connection.execute(query)}


def senders_of(connection: Connection, partner_ids: set[str]) -> dict[str, str]:
    """Where answers go of those partners that have no server of their own, and an address."""
    wanted = sa.cast(sorted(partner_ids), sa.ARRAY(sa.UUID(as_uuid=False)))
    query = sa.select(partner_mail.c.partner_id, partner_mail.c.sender).where(
        partner_mail.c.partner_id == sa.any_(wanted), partner_mail.c.host == "", partner_mail.c.sender != ""
    )
    return {row.partner_id: row.sender for row in connection.execute(query)}


def servers_of(connection: Connection, partner_ids: set[str]) -> dict[str, Row]:
    """The mail servers that these partners have set."""
    wanted = sa.cast(sorted(partner_ids), sa.ARRAY(sa.UUID(as_uuid=False)))
    query = sa.select(partner_mail).where(partner_mail.c.partner_id == sa.any_(wanted), partner_mail.c.host != "")
    return {row.partner_id: row for row in connection.execute(query)}


def look_again(connection: Connection, partner_id: str, now: datetime) -> None:
    """Letters that wait for an hour, or for a server that works, have their turn soon under the new settings.

    One that was tried may be on its way at this moment, in which case it is somebody's until its lease ends.
    """
    soon = sa.case((letters.c.attempts == 0, now), else_=sa.func.least(letters.c.due_at, now + LEASE))
    waiting = letters.update().where(letters.c.partner_id == partner_id, letters.c.state == "waiting")
    connection.execute(waiting.where(letters.c.due_at > now).values(due_at=soon))
