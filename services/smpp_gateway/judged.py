"""What `senders` says of the texts of a batch that is being charged, and what is written of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from services.smpp_gateway import repository_texts
from services.smpp_gateway.context import Context
from services.smpp_gateway.known_senders import Pair, Standing
from services.smpp_gateway.refusing import refused
from services.smpp_gateway.work import MODERATION, Work

#: Those that are held are looked at so soon: their text may have been decided between the verdict and the note.
FIRST_LOOK = timedelta(seconds=5)


class Judged(NamedTuple):
    """What was decided about a batch: `waits` and `notes` are written with the messages."""

    rest: list[Work]
    others: list[Work]
    waits: dict[str, str]
    notes: dict[str, str]


#: Where nothing is judged.
ALL_FREE = Judged([], [], {}, {})


def judge(context: Context, works: Sequence[Work], standings: Mapping[Pair, Standing]) -> Judged:
    """The works that may go, and the others, held or refused. Nothing is asked where no advertiser's texts are judged."""
    judged = [work for work in works if standings[work.advertiser_id, work.sender].texts]
    if not judged:
        return Judged(list(works), [], {}, {})
    texts = {(work.advertiser_id, work.sender, work.text) for work in judged}
    objections = context.known_texts.objections(texts, context.limits.sender_believed)
    result = Judged([], [], {}, {})
    for work in works:
        verdict = objections.get((work.advertiser_id, work.sender, work.text))
        if verdict is None:
            result.rest.append(work)
        elif verdict.item_id is not None:
            result.others.append(work.moved(state="held", reason=MODERATION, due_at=work.expires_at))
            result.waits[work.id] = verdict.item_id
        else:
            result.others.append(refused(work, verdict.code or "text_forbidden", context))
            result.notes[work.id] = verdict.note or ""
    return result


def keep(context: Context, connection: Connection, judged: Judged, moved: Sequence[Work]) -> None:
    """Write what those of these works wait as that were moved, and why they were refused."""
    if not judged.others:
        return
    waits = [(one.id, judged.waits[one.id], one.advertiser_id) for one in moved if one.id in judged.waits]
    repository_texts.hold(connection, waits, context.clock.now() + FIRST_LOOK)
    notes = {one.id: judged.notes[one.id] for one in moved if judged.notes.get(one.id)}
    repository_texts.note(connection, notes)
