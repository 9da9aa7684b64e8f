"""What stats has counted, for the audit that compares it with messages and money."""

from sqlalchemy import Connection

from services.stats import repository


def sums(connection: Connection) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """(partner id, advertiser id) -> (messages, parts, charged, cost); money in 1/10,000, all days and states.

    Equal to the messages and the ledger once every event has arrived.
    """
    return {
        (str(partner_id), str(advertiser_id)): (messages, parts, charged, cost)
        for partner_id, advertiser_id, messages, parts, charged, cost in repository.by_advertiser(connection)
    }
