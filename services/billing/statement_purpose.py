"""Which invoices the purpose of a payment names, as people write it. No SQL, no clock.

A purpose is cut into words, numbers, dates and marks, and read from left to right. «счет» and its forms open a name, a
number gives it. What follows belongs to a list while nothing but marks, dates and «и» stands between. Whatever may be
a further number, or the rest of the first one, makes the purpose unclear: a person reads such a payment.
"""

import re
from dataclasses import dataclass, field

_MONTH = "(?:января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)"
#: Groups of digits are bounded, so that a long purpose takes no longer than its length.
_token = re.compile(
    rf"""
    (?P<date>  (?<!\d)(?: \d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d{{2}}) | \d{{4}}-\d\d-\d\d
                        | «?\d{{1,2}}»?\ ?{_MONTH}(?:\ ?\d{{4}})? | (?<=от\ )\d{{1,2}}\.\d{{1,2}} )
             (?![\d/-]|[.,]\d)(?:\ ?г(?:ода?)?\b\.?)? )
  | (?P<measured> \d[\d ]{{0,20}}(?:[.,=-]\d\d)?\ ?(?:%|руб|р\.|р\b(?!/)|₽) )
  | (?P<number> 0*[1-9]\d{{0,8}}(?![\w/\\-]|[.,]\d) )
  | (?P<account> \d{{20}}(?!\w) )
  | (?P<other> \d[\w/\\.,-]* | (?!(?:сч|сч[её]т[ауе]?|n|no|номер|от|ндс)\d)[^\W\d_]+-?\d[\w/\\-]* )
  | (?P<word>  [^\W\d_]+(?:[/-][^\W\d_]+)* )
  | (?P<sign>  [№\#] )
  | (?P<mark>  [^\w\s] )
    """,
    re.IGNORECASE | re.VERBOSE,
).finditer

NOUNS = {"сч", "счет", "счета", "счету", "счете", "счетом"}
PLURALS = {"счетам", "счетов", "счетами", "счетах"}
SIGNS = {"n", "no", "номер", "номером"}
#: «счета №№», «счета номера 12».
SIGN_PLURALS = {"номера", "номерам", "номеров", "номерами", "nn"}
#: «счет на оплату № 12».
_BETWEEN = {"на", "оплату", "№", ".", ":", "(", "°", *SIGNS, *SIGN_PLURALS}
#: What keeps a list open; «от» leads to a date.
_LISTING = {"и", "от", "а", "также", "плюс", "№", "°", *",;.:+&/\\()«»\"'–—-", *SIGNS, *SIGN_PLURALS}
#: What may begin a further number after other words.
_MORE = {",", ";", "и"}


@dataclass(slots=True)
class Named:
    """`numbers`, each once, ascending. `unclear`: there may be others, or this is not the whole of the number."""

    numbers: list[int] = field(default_factory=list)
    unclear: bool = False


def named_in(purpose: str) -> Named:
    """The numbers of invoices that the purpose of a payment names, and whether it may name more."""
    reader = _Reader()
    for match in _token(" ".join(purpose.split())):
        reader.take(str(match.lastgroup), match[0])
    return Named(sorted(reader.found), bool(reader.found) and reader.unclear)


class _Reader:
    """`_awaits`: «счет» was read, and no number yet. `_lists`: nothing but what keeps a list open since a number."""

    def __init__(self) -> None:
        self.found: set[int] = set()
        self.unclear = False
        self._awaits = self._lists = False
        self._plural = self._marked = False
        #: Those before this one, without signs: «, № 13» is read as «, 13».
        self._before = ""
        self._signs = 0

    def take(self, kind: str, text: str) -> None:
        if kind in ("word", "sign", "mark"):
            self._take_word("№" if kind == "sign" else text.casefold().replace("ё", "е"))
        elif kind == "number":
            self._take_number(int(text))
        else:
            self._take_figure(kind)

    def _take_word(self, word: str) -> None:
        if word in NOUNS or word in PLURALS:
            self._awaits, self._lists, self._plural, self._signs = True, False, word in PLURALS, 0
        elif self._awaits and word in _BETWEEN:
            self._signs += word == "№"
            self._plural = self._plural or word in SIGN_PLURALS or self._signs > 1
        else:
            self._awaits = False
            self._lists = self._lists and word in _LISTING
        self._marked = self._marked or not word.isalnum()
        if word != "№" and word not in SIGNS:
            self._before = word

    def _take_number(self, number: int) -> None:
        if self._awaits:
            self.found.add(number)
            self.unclear |= self._plural
            self._awaits, self._lists = False, True
        elif self._lists:
            self.found.add(number)
            self.unclear = True
        elif self.found and self._before in _MORE:
            self.unclear = True
        self._before, self._marked = "", False

    def _take_figure(self, kind: str) -> None:
        """A date stands within a list, roubles or a percentage after a mark end it; else it may be part of a number.

        So may be what stands after a «счет», but for a bank account.
        """
        self.unclear |= self._awaits and kind not in ("date", "account")
        if self._lists and kind != "date":
            self.unclear |= kind != "measured" or not self._marked
            self._lists = False
        self._awaits, self._before, self._marked = False, "", False
