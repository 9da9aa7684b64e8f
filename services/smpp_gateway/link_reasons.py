"""Why a session of a link is down: a sentence where it comes from, a code with values for whoever tells it to people. Pure.

Sessions, which do not know of links, end with a sentence; it is stored as it is, and read back here. The codes are those of
`contracts.smpp_link_reasons`.
"""

import re
from functools import cache

#: How each is written where it comes from; values in braces. Of those that fit, the first counts.
WRITTEN = {
    "not_started": "not started",
    "cannot_connect": "can't connect to {where}: {why}",
    "tls_silent": "TLS with {where}: no handshake within {seconds} s",
    "tls_wrong_name": "TLS with {where}: the certificate is not for the name {name}",
    "tls_untrusted": "TLS with {where}: the certificate is not trusted: {why}",
    "tls_outdated": "TLS with {where}: the certificate has expired or is not valid yet",
    "tls_none": "TLS with {where}: nobody speaks TLS there",
    "tls_failed": "TLS with {where}: {why}",
    "bind_unwritable": "the bind can't be encoded: check system_id, password and system_type",
    "bind_unanswered": "bind was not answered",
    "bind_late": "bind was not answered in time",
    "bind_refused": "bind was refused: {status} {why}",
    "smsc_unbound": "the SMSC unbound",
    "peer_closed": "the peer closed the connection",
    "broken": "the connection broke: {why}",
    "enquire_unanswered": "enquire_link was not answered",
    "silent": "nothing was heard for too long",
    "slow_reader": "slow reader: the peer took nothing for too long",
    "pdu_unfinished": "a PDU began and did not end in time",
    "corrupt": "corrupt stream: {why}",
    "unreadable": "too many PDUs that can't be read",
    "our_error": "an error of ours",
    "settings_changed": "the settings were changed",
    "asked": "it was asked to",
    "stopped": "stopped",
    "disabled": "it was disabled",
    "process_stopped": "its process was stopped",
    "database_silent": "the database did not answer",
    "handed_on": "another process is to have it",
    "closed": "closed",
}


def say(code: str, **values: str) -> str:
    return WRITTEN[code].format(**values)


def code_of(reason: str) -> tuple[str, dict[str, str]]:
    """(code, values) of a sentence that is written above; an empty code for any other."""
    for code, pattern in _patterns():
        match = pattern.fullmatch(reason)
        if match:
            return code, match.groupdict()
    return "", {}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Values may hold anything: a reason that was cut off at its end is read all the same."""
    return [
        (code, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*?)", re.escape(text)), re.DOTALL))
        for code, text in WRITTEN.items()
    ]
