"""What smpp_gateway says of links to operators and their settings, as msgids."""

from gateway_http.i18n import N_

PLAIN = (
    N_("There is no such link."),
    N_("This link is given by SMSC_URL: take that out of the environment first."),
    N_("Messages wait for this link: disable it, and delete it when they went over other links."),
    N_("Messages wait for their receipts from this link: delete it when they have come."),
    N_("The name has 1 to 32 of a-z and 0-9, and hyphens between them."),
    N_("The password of this link is given by SMSC_URL."),
    N_("Give the password."),
    N_("Give a host name or an IP address, without a scheme or a port."),
    N_("Give the name that stands in the operator's certificate."),
    N_("Give certificates in PEM form: each from its BEGIN CERTIFICATE line to its END CERTIFICATE line."),
    N_("Give the system_id that the operator told."),
    N_("messages_per_second must be 0 or from 0.01 on."),
    N_("A command_status is a number from 1 to 0xFFFFFFFF."),
    N_("SMPP 3.3 has no TLVs: choose a user data header for long messages, or another version."),
    N_("SMPP 3.3 has no TLVs: receipts can only be read from their text."),
    N_("SMPP 3.3 has no transceiver: choose transmitter or receiver, or another version."),
    N_("Receipts of success alone are a thing of SMPP 5.0."),
    N_("retry is a table of numbers of command_status."),
)
WITH_VALUES = (
    N_("There can be %(number)s links."),
    N_("The title has at most %(most)s characters."),
    N_("The certificates may have at most %(most)s characters."),
    N_("The table may have at most %(most)s statuses."),
    N_("What a status means must be one of: %(kinds)s."),
    N_("There is no setting %(name)s."),
    # A setting is called by its own name, in small letters.
    N_("%(name)s is a whole number from %(least)s to %(most)s."),
    N_("%(name)s is from %(least)s to %(most)s, or empty."),
    N_("%(name)s may have at most %(most)s characters."),
    N_("%(name)s may have Latin letters, digits and punctuation only."),
    N_("%(name)s must be one of: %(values)s."),
    N_("%(name)s must be a number."),
    N_("%(name)s must be a whole number."),
    N_("%(name)s must be from %(least)s to %(most)s."),
    N_("%(largest)s must not be below %(smallest)s."),
    N_("Give %(name)s."),
    N_("%(name)s is yes or no."),
    N_("%(name)s is a text."),
    N_("%(name)s is a whole number."),
    N_("%(name)s is a number."),
)
