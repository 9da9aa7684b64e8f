"""accounts: what a manager of a partner may be allowed. The partner itself may all of it."""

#: The rights and their sentences (English msgids).
RIGHTS = {
    "clients": "See and edit advertisers",
    "enter": "Enter the cabinets of advertisers",
    "money": "Packages, corrections, invoices, payments and promo codes",
    "tariffs": "See and change tariffs",
    "senders": "Moderation of sender names and texts",
    "statistics": "See statistics",
    "settings": "Settings of the panel",
    "partner_change": "Access to the change of the partner",
    "traffic_scheme": "Access to the traffic scheme",
}
#: Those of a manager for whom nobody has chosen any.
USUAL_RIGHTS = ("clients", "senders", "statistics")
