"""The queries of sellers and pictures. Nothing here commits."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping
from sqlalchemy.dialects import postgresql

from contracts.billing_invoices import Seller
from services.billing.images import Picture
from services.billing.invoices_models import invoice, invoice_image
from services.billing.invoices_models import seller as sellers
from services.billing.sellers import PICTURES, requisites_of


def seller_row(connection: Connection, partner_id: str, *, lock: bool = False) -> RowMapping | None:
    """The requisites of a partner; `lock` keeps them and their number until the end of the transaction."""
    statement = sa.select(sellers).where(sellers.c.partner_id == partner_id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    return connection.execute(statement).mappings().one_or_none()


def accounts_of_invoices(connection: Connection, partner_id: str, accounts: Collection[str]) -> set[str]:
    """Those of the accounts that stand on an invoice of the partner, whatever has become of it."""
    account = invoice.c.seller["account"].astext
    statement = sa.select(account).distinct().where(invoice.c.partner_id == partner_id, account.in_(accounts))
    return set(connection.execute(statement).scalars()) if accounts else set()


def save_seller(
    connection: Connection,
    partner_id: str,
    seller: Seller,
    pictures: Mapping[str, Picture],
    author: str,
    now: datetime,
) -> RowMapping:
    """Insert the row or change the locked one."""
    digests = {name: pictures[name].digest if name in pictures else None for name in PICTURES}
    values = digests | {
        "requisites": requisites_of(seller),
        "next_number": seller.next_number,
        "author": author,
        "saved_at": now,
    }
    statement = postgresql.insert(sellers).values(values | {"partner_id": partner_id})
    statement = statement.on_conflict_do_update(index_elements=["partner_id"], set_=values)
    return connection.execute(statement.returning(sellers)).mappings().one()


def take_number(connection: Connection, partner_id: str) -> int:
    """The next number; whoever else issues an invoice of the partner waits until this transaction ends."""
    statement = (
        sellers.update()
        .where(sellers.c.partner_id == partner_id)
        .values(next_number=sellers.c.next_number + 1)
        .returning(sellers.c.next_number - 1)
    )
    return connection.execute(statement).scalar_one()


def keep_pictures(connection: Connection, pictures: Iterable[Picture]) -> None:
    """Each file once, sorted, so that two who save the same ones do not wait for each other in a circle."""
    by_digest = {picture.digest: picture.contents for picture in pictures}
    rows = [{"digest": digest, "contents": by_digest[digest]} for digest in sorted(by_digest)]
    if rows:
        connection.execute(postgresql.insert(invoice_image).values(rows).on_conflict_do_nothing())


def pictures_of(connection: Connection, row: RowMapping) -> dict[str, bytes | None]:
    """The files that a row of a seller or of an invoice points at, by their fields."""
    digests = {row[name] for name in PICTURES if row[name] is not None}
    found: dict[bytes, bytes] = {}
    if digests:
        statement = sa.select(invoice_image).where(invoice_image.c.digest.in_(digests))
        found = {bytes(one.digest): bytes(one.contents) for one in connection.execute(statement)}
    return {name: None if row[name] is None else found[bytes(row[name])] for name in PICTURES}
