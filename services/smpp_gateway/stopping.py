"""People who want no more advertising: the words that say so, and who is refused for it.

Only messages of type advertising are refused. A code to sign in or the news of an order is asked for by what the person
does there, and would be missed; who sends advertising under another type breaks the rules of its partner, not these.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from services.smpp_gateway import repository_stop
from services.smpp_gateway.context import Context
from services.smpp_gateway.incoming import without_first_word
from services.smpp_gateway.work import Work

STOP, START = "stop", "start"
ADVERTISING = "advertising"
MOST_WORD = 32
#: A longer text is no single word, however many blanks and signs stand between its letters.
MOST_TEXT = 3 * MOST_WORD

_FILLING = re.compile(r"[\W_]+")
# People write Cyrillic words with Latin letters that look alike, and the other way round.
_ALIKE = str.maketrans("abcehkmoptxyё", "авсенкмортхуе")


def word_key(text: str) -> str:
    """The letters and digits of a text in the form in which words are compared: «С т о п!», «CTOП» and «стоп» are one."""
    return _FILLING.sub("", text.casefold()).translate(_ALIKE)


def kind_of(text: str, keyword: str, words: Mapping[str, str]) -> str | None:
    """`STOP` or `START` where the whole text, or all after the keyword it was given to somebody by, is such a word.

    `words`: word_key → kind. A word inside a sentence means nothing: «стоп-кран не работает» is no refusal.
    """
    if len(text) > MOST_TEXT:
        return None
    found = words.get(word_key(text))
    return found or (words.get(word_key(without_first_word(text))) if keyword else None)


def refusals(context: Context, works: Sequence[Work]) -> Callable[[Work], str | None]:
    """Whom of a batch its recipients' stop refuses, in one query."""
    pairs = {(work.advertiser_id, work.recipient) for work in works if work.sms_type == ADVERTISING}
    if not pairs:
        return lambda work: None
    with context.db.at_once() as connection:
        stopped = repository_stop.stopped(connection, pairs)
    return lambda work: (
        "recipient_stopped"
        if work.sms_type == ADVERTISING and (work.advertiser_id, work.recipient) in stopped
        else None
    )
