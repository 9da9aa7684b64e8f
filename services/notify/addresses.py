"""Where a webhook may lead. An advertiser chooses the address, and our network is not the advertiser's to look around in."""

from urllib.parse import urlsplit

from kit.addresses import NotAllowed as NotAllowed
from kit.addresses import checked as checked
from kit.addresses import is_allowed as is_allowed

LONGEST_URL = 2_000


def url_problem(url: str) -> str | None:
    """What is wrong with a webhook's URL as it is written, None where nothing is; a code of `contracts.notify.PROBLEMS`."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return "url_invalid"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "url_invalid"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "url_invalid"
    if parts.username is not None or parts.password is not None or "\\" in url:
        return "url_invalid"
    return None
