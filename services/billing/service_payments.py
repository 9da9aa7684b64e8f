"""The entrypoints of payments."""

from services.billing.transactions import Transacting


class PaymentsRpc(Transacting):
    pass
