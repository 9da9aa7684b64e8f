"""What tariffs says of files of ported numbers, as msgids."""

from gateway_http.i18n import N_

PLAIN = (
    N_("There is no such import, or it is over."),
    N_("Lines are missing: begin the import again."),
    N_("The lines were lost when the database stopped: begin the import again."),
)
WITH_VALUES = (
    N_("Line %(line)s: fields are missing"),
    N_("Line %(line)s: a quotation mark is not closed"),
    N_("Line %(line)s: the file holds no number"),
    N_("Line %(line)s: the header must name the columns Number and MNC"),
    N_("Line %(line)s: number;MNC or number,MCC,MNC is expected, or a header with the columns Number and MNC"),
    N_("Line %(line)s: a header is expected: %(fields)s fields without names can't be told apart"),
    N_("Line %(line)s: no country has the MCC %(mcc)s"),
    N_("Line %(line)s: %(mnc)s is no MNC: it has 1 to 3 digits"),
    N_("Line %(line)s: %(number)s is no phone number"),
    N_("Line %(line)s: %(date)s is no date such as 2026-11-22 or 22.11.2026"),
    N_("Line %(line)s: a line has at most %(most)s characters"),
)
