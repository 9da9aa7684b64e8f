"""Debian's Kannel as a client of the platform: a transceiver, and a transmitter with a receiver beside it.

It has no other side: Debian's Kannel is a client of SMSCs only, and no package has the OpenSMPPBox that would be a server.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.e2e.interop.job import CYRILLIC, GSM, LONG_CYRILLIC
from tests.e2e.kannel import DELIVERED, FAILED, Kannel
from tests.e2e.platform import Platform, wait_until
from tests.support.tape import Tape

_ENDS = {DELIVERED, FAILED}


@dataclass(frozen=True, slots=True)
class KannelStory:
    """`sent`: the texts by recipient. `ended`: what each became."""

    tape: Tape
    sent: dict[str, str]
    ended: dict[str, int]
    log: str


def tell(platform: Platform, tape: Tape, folder: Path) -> KannelStory:
    demo = platform.demo
    smpp, sender = demo["smpp"], demo["sender"]
    kannel = Kannel(folder)
    with tape.between((smpp["host"], smpp["port"])) as (host, port):
        try:
            kannel.start(host, port, smpp["system_id"], smpp["password"], pair=True)
            sent = {
                f"79163{number}{copy}00{'65' if text == 'Bad' else '00'}": text
                for number, text in enumerate((GSM, CYRILLIC, LONG_CYRILLIC, "Bad"))
                for copy in range(3)
            }
            references = {
                to: kannel.send(to, text, sender, cyrillic=text in (CYRILLIC, LONG_CYRILLIC))
                for to, text in sent.items()
            }
            wait_until(
                lambda: all(_ENDS & set(kannel.kinds(reference)) for reference in references.values()),
                150.0,
                "receipts",
            )
            wait_until(lambda: "enquire_link_resp" in kannel.log(), 60.0, "an answer to enquire_link")
        finally:
            kannel.stop()
    ended = {to: (_ENDS & set(kannel.kinds(reference))).pop() for to, reference in references.items()}
    return KannelStory(tape, sent, ended, kannel.log())
