"""What tariffs says of prices, and billing of packages and entries; `sentences.py` tells how such sentences are written down."""

from gateway_http.i18n import N_

PLAIN = (
    N_("The tariff has no such row."),
    N_("The tariff has no version that starts then."),
    N_("The tariff is the default: choose another default first."),
    N_("The tariff is assigned: assign another one first."),
    N_("This version has started: it stays in the history."),
    N_("This is the tariff's only version: delete the tariff."),
    N_("There is a tariff of that name already."),
    N_("The package has paid for messages: it can be corrected, but not deleted"),
    N_("The package has paid for messages: its end can't be moved into the past"),
    N_("This is more than a package can hold"),
    N_("With this the account would hold more than can be counted"),
    N_("There are too many entries to look through: choose fewer days"),
)
WITH_VALUES = (
    N_("There are %(most)s tariffs already: delete one first."),
    N_("Prices change now or later, never in the past"),
    N_("A version starts at most %(most)s days ahead"),
    N_("A tariff has at most %(most)s versions to come"),
    N_("A row holds from the SMS number 1 to %(most)s of the month on"),
    N_("The SMS it holds from is a number from 1 to %(most)s"),
    N_("A direction and type has at most %(most)s rows that start at different SMS"),
    N_("An MCC has three digits"),
    N_("An MNC has two or three digits, or is empty for the whole country"),
    N_("A package has at most %(most)s individual prices"),
    N_("Row %(row)s says the same direction, type and number as row %(first)s"),
    N_("Of the credit %(sum)s is in use already"),
    N_("At most %(sum)s can be taken away: the rest was spent, is held or has expired"),
    N_("At most %(sum)s can be taken away: the rest was spent or is held"),
)
