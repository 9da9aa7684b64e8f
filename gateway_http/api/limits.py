"""How much one request may ask for."""

MOST_MESSAGES = 1000
LONGEST_CLIENT_REF = 100
MOST_PERCENT = 100
PER_PAGE, MOST_PER_PAGE = 50, 100
#: A row of prices is short, and who asks for prices wants the whole table.
MOST_PRICES_PER_PAGE = 1000
#: No less than any number of a package or an invoice.
MOST_NUMBER = 999_999_999
#: Errors told of one request: enough for one per message.
MOST_ERRORS = 1000
#: Shown of a field name that the caller invented.
LONGEST_NAME_SHOWN = 60
LONGEST_IDEMPOTENCY_KEY = 255
#: Longer ones can't be sent by any rule, and a text to many recipients is multiplied by their number on the bus: ten parts
#: have room for 1,530 characters at most.
LONGEST_TEXT = 1_600
LONGEST_SENDER = LONGEST_RECIPIENT = 100
LONGEST_MAILING = 64
#: Of a pause, for people.
LONGEST_REASON = 200
