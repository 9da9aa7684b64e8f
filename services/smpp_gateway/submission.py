"""From a message to its submit_sm PDUs, in the way of one link. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.smpp_gateway import constants as c
from services.smpp_gateway.link_encoding import Part, Plan, parts, plan, recode
from services.smpp_gateway.link_settings import RETRY, LinkSettings, Retry
from services.smpp_gateway.link_types import Submission
from services.smpp_gateway.pdu import SubmitSm
from services.smpp_gateway.pieces import unpacked
from services.smpp_gateway.work import PartKey, Work


class Encoder:
    """Makes submissions of a batch; mailings repeat the same text, so each is encoded once.

    `now` is what the validity that goes to the SMSC counts from.
    """

    def __init__(self, settings: LinkSettings, now: datetime) -> None:
        self._settings, self._now = settings, now
        self._plans: dict[tuple[str, int], Plan] = {}
        self._whole: dict[tuple[str, int], tuple[list[Part], int]] = {}
        self._sources: dict[str, tuple[int, int, str]] = {}

    def submissions(self, work: Work) -> list[Submission]:
        """The submit_sm of the message's next try, which together answer for each part that was priced.

        Where there are fewer of them than parts, the last one stands for the rest. `ValueError` for a text that can't go
        over this link in the parts that were priced.
        """
        settings = self._settings
        made, data_coding = self._encoded(work)
        keys = [PartKey(work.id, number, work.submits + 1) for number in range(1, work.parts + 1)]
        source_ton, source_npi, source = self._source(work.sender)
        destination = f"+{work.recipient}" if settings.destination_plus else work.recipient
        validity = self._validity(work.expires_at) if settings.send_validity else ""
        last = len(made) - 1
        return [
            Submission(
                key=keys[number],
                also=tuple(keys[last + 1 :]) if number == last else (),
                group=work.id if last else None,
                pdu=SubmitSm(
                    1,
                    settings.service_type,
                    source_ton,
                    source_npi,
                    source,
                    settings.destination_ton,
                    settings.destination_npi,
                    destination,
                    part.esm_class,
                    settings.protocol_id,
                    validity_period=validity,
                    registered_delivery=settings.registered_delivery,
                    data_coding=data_coding,
                    short_message=part.short_message,
                    tlvs=part.tlvs,
                ),
            )
            for number, part in enumerate(made)
        ]

    def _encoded(self, work: Work) -> tuple[list[Part], int]:
        settings = self._settings
        if work.raw is not None:
            header = work.esm_class & c.ESM_CLASS_UDHI
            given = (work.raw,) if work.parts == 1 else unpacked(work.raw)
            coded = [recode(octets, work.data_coding, bool(header), settings.alphabet) for octets in given]
            if len({coding for _, coding in coded}) > 1:
                # A handset joins parts of one alphabet only.
                coded = [(octets, c.DATA_CODING_GSM_CLASS_1) for octets in given]
            return [Part(octets, header) for octets, _ in coded], coded[0][1]
        text = (work.text, work.parts)
        whole = self._whole.get(text)
        if whole is not None:
            return whole
        known = self._plans.get(text)
        if known is None:
            known = self._plans[text] = plan(work.text, settings.alphabet, settings.long_messages, work.parts)
        made = parts(known, _reference(work.id)), known.data_coding
        if len(known.pieces) == 1:
            # Without a reference in it, it is the same for every message.
            self._whole[text] = made
        return made

    def _source(self, sender: str) -> tuple[int, int, str]:
        known = self._sources.get(sender)
        if known is None:
            known = self._sources[sender] = source_address(sender, self._settings)
        return known

    def _validity(self, expires_at: datetime) -> str:
        most = timedelta(seconds=self._settings.validity_most_seconds)
        return relative_time(min(expires_at - self._now, most))


def _reference(message_id: str) -> int:
    """From the random end of the id: a part that is submitted again fits the others, and of two messages to one handset
    one in 65,536 gets the same, one in 256 where the link has no room for more."""
    return int(message_id[-4:], 16)


def source_address(sender: str, settings: LinkSettings) -> tuple[int, int, str]:
    """TON, NPI and address of a sender: a name, a number or a short number."""
    digits = sender.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return settings.name_ton, settings.name_npi, sender
    if len(digits) <= settings.short_number_digits:
        return settings.short_number_ton, settings.short_number_npi, digits
    return settings.number_ton, settings.number_npi, f"+{digits}" if settings.source_plus else digits


def relative_time(left: timedelta) -> str:
    """YYMMDDhhmmss000R of SMPP 3.4, 7.1.1.2, at least a second. Raises ValueError from 100 days on."""
    seconds = max(1, int(left.total_seconds()))
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days > 99:
        raise ValueError("a relative time has at most 99 days")
    return f"0000{days:02}{hour:02}{minute:02}{second:02}000R"


def verdict(command_status: int, retry: Mapping[int, Retry] = RETRY) -> str:
    """What a submit_sm_resp means for its part by the link's table: submitted, waiting (come again later) or rejected."""
    if command_status == c.ESME_ROK:
        return "submitted"
    return "rejected" if retry.get(command_status, "final") == "final" else "waiting"
