"""Texts as rules and templates see them. Pure.

Whoever wants past a rule writes a word in letters of another alphabet that look the same, puts signs, spaces or invisible
characters into it, or sends it in capitals. So words are compared by their skeletons, in which all of that is gone.
"""

import hashlib
import re
import unicodedata

#: Digits in a masked text, and what may be anything in a template.
DIGITS, ANYTHING = "{#}", "{…}"
#: A number with at least so many digits is kept where digits are masked: people call it.
PHONE_DIGITS = 10

#: What looks like a letter of the other alphabet, or stands for it, by small letters.
_ALIKE = str.maketrans(
    "асеорхукмтнвьіѕԁԛԝһӏгпибзαοικνρτυχβγμηε03146@$€ı",
    "aceopxykmthbbisdqwhlrnubzaoikvptuxbymheoziybaseı"[:-1] + "i",
)
_SPACES = re.compile(r"\s+")
_SIGNS = re.compile(r"[^\w ]|_")
_COMBINING = re.compile("[\u0300-\u036f]")
#: Characters without a width of their own: of format, variation selectors, fillers, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_DIGITS = re.compile(r"\d+")
_PHONE = re.compile(r"\+?\d(?:[ ().-]{0,3}\d){9,14}")
# The name of a host: at most eight labels before its end are read from each place, so that reading takes linear time.
_HOST = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<host>[^\W_](?:[\w-]{0,62}\.){1,8}[^\W\d_][\w-]{1,22}|\d{1,3}(?:\.\d{1,3}){3})"
    r"(?P<rest>(?::\d{1,5})?(?:/[^\s<>\"«»]*)?)",
    re.IGNORECASE,
)
#: Ends of names that are told from the end of a sentence by being in this list alone.
CYRILLIC_ENDS = frozenset(
    [
        "рф",
        "рус",
        "дети",
        "сайт",
        "онлайн",
        "орг",
        "ком",
        "москва",
        "бел",
        "укр",
        "қаз",
        "срб",
        "мкд",
        "мон",
        "бг",
        "ею",
        "католик",
    ]
)
_LATIN_ENDS = frozenset(
    [
        "com",
        "ru",
        "org",
        "net",
        "su",
        "me",
        "ly",
        "io",
        "co",
        "info",
        "biz",
        "site",
        "online",
        "shop",
        "store",
        "top",
        "xyz",
        "club",
        "pro",
        "app",
        "link",
        "click",
        "live",
        "ua",
        "by",
        "kz",
        "cc",
        "gl",
        "gg",
        "to",
        "tv",
        "am",
        "in",
        "us",
        "uk",
        "de",
        "eu",
        "page",
        "bot",
        "vip",
        "win",
        "bet",
        "casino",
        "fun",
        "space",
        "website",
        "tech",
    ]
)


def cleaned(text: str) -> str:
    """The text without invisible characters, in one form of each letter, a space between words."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()


def skeleton(text: str) -> str:
    """Of a cleaned text: letters and digits by what they look like, any sign as a dot, any space as a space."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_ALIKE)
    return _SIGNS.sub(".", _SPACES.sub(" ", _COMBINING.sub("", plain)))


def links(text: str) -> list[str]:
    """Names of hosts in a cleaned text, in small letters, in order. What a telephone shows as a link is one."""
    return [host for host, _, _ in _links(text)]


def _links(text: str) -> list[tuple[str, int, int]]:
    found = []
    for match in _HOST.finditer(text):
        host = match["host"].lower().rstrip(".")
        if match["scheme"] or _is_host(host, bool(match["rest"])):
            found.append((host, match.start(), match.end()))
    return found


def _is_host(host: str, path: bool) -> bool:
    labels = host.split(".")
    end = labels[-1]
    if host.isascii():
        return not end.isdigit() or len(labels) == 4
    if end in CYRILLIC_ENDS:
        return path or len(labels[-2]) > 1
    return skeleton(end) in _LATIN_SKELETONS or path


_LATIN_SKELETONS = frozenset(map(skeleton, _LATIN_ENDS))


def allowed(host: str, domains: frozenset[str]) -> bool:
    """Whether it is one of these domains, or below one."""
    labels = host.split(".")
    return any(".".join(labels[first:]) in domains for first in range(len(labels) - 1))


def phones(text: str) -> set[str]:
    """Telephone numbers in a text, of their digits alone."""
    return {"".join(filter(str.isdigit, match[0])) for match in _PHONE.finditer(text)}


def masked(text: str) -> str:
    """A cleaned text with {#} in place of digits; links and telephone numbers are kept."""
    kept = sorted([(first, end) for _, first, end in _links(text)] + [match.span() for match in _PHONE.finditer(text)])
    pieces, place = [], 0
    for first, end in kept:
        if first >= place:
            pieces += [_DIGITS.sub(DIGITS, text[place:first]), text[first:end]]
            place = end
    return "".join([*pieces, _DIGITS.sub(DIGITS, text[place:])])


def key_of(sender: str, mask: str) -> bytes:
    """By what texts of an advertiser are one: their sender and their masked text, whatever the case of its letters."""
    return hashlib.sha256(f"{sender}\0{mask.casefold()}".encode()).digest()
