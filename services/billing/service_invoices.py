"""The entrypoints of invoices."""

from services.billing.transactions import Transacting


class InvoicesRpc(Transacting):
    pass
