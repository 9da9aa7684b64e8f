"""What a sender name may be, and whether it may be used. Names are compared exactly."""

MOST_LETTERS = 11
MOST_DIGITS = 15

#: Printable ASCII that the default alphabet of GSM 03.38 has without escape: an alphanumeric address holds 11 septets
#: (3GPP TS 23.040, 9.1.2.5), and a character of the extension table would take two of them.
ALLOWED = frozenset(map(chr, range(0x20, 0x7F))) - frozenset("`[\\]^{|}~")


def name_problem(name: str) -> str | None:
    """`missing` or `invalid` for what can't be a sender, else None. Outer spaces would make two names look alike."""
    if not name.strip():
        return "missing"
    if name.isascii() and name.isdigit():
        return None if len(name) <= MOST_DIGITS else "invalid"
    if len(name) > MOST_LETTERS or name != name.strip() or not ALLOWED.issuperset(name):
        return "invalid"
    return None


def refusal_of(state: str | None, any_sender: bool) -> str | None:
    """The refusal of a well-formed name in that state (None: never asked for), None where it may be used.

    A name that the partner refused stays refused for an advertiser who may use any other.
    """
    if state == "refused":
        return "sender_refused"
    if any_sender or state == "approved":
        return None
    return "sender_pending" if state == "pending" else "sender_unknown"


def refusal_in_test(name: str, test_sender: str) -> str | None:
    """The refusal of a name for an advertiser in test mode: it may use one name alone, and none where none is set."""
    return None if name == test_sender else "sender_test_only"


def state_of_new(any_sender: bool, automatic: bool) -> str:
    """The state of a name that has just been asked for."""
    return "approved" if any_sender or automatic else "pending"
