"""The link to the mobile operator, run by whichever process owns it."""

import logging
from collections.abc import Hashable
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import eventlet

from contracts.smpp_gateway import LinkView
from kit.failpoints import failpoint
from kit.settings import Settings
from services.smpp_gateway import metrics, repository_parts
from services.smpp_gateway.context import Context
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.link import Link
from services.smpp_gateway.link_types import LinkSettings, LinkState, Response
from services.smpp_gateway.ownership import Ownership
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.submitting import Submitting

log = logging.getLogger(__name__)

NAME = "main"
LOOK_SECONDS = 1.0
RECEIPTS_COME_WITHIN = timedelta(seconds=5)


def link_settings(settings: Settings) -> LinkSettings:
    """From `SMSC_URL` (`smpp://id:password@host:port`); a sentence and exit where it can't be read."""
    url = urlsplit(settings.smsc_url)
    try:
        port = url.port or 2775
    except ValueError:
        raise SystemExit("The port in SMSC_URL must be a number from 1 to 65535.") from None
    if url.scheme != "smpp" or not url.hostname or not url.username:
        raise SystemExit("SMSC_URL must look like smpp://id:password@host:port.")
    return LinkSettings(
        host=url.hostname,
        port=port,
        system_id=unquote(url.username),
        password=unquote(url.password or ""),
        window=settings.number("smsc_window"),
        reconnect_backoff_seconds_max=15.0,
    )


class OperatorLink:
    """Owns, runs and feeds one link; implements the link's handler by handing on to the stages."""

    def __init__(self, context: Context, settings: LinkSettings, ownership: Ownership) -> None:
        self._context, self._settings, self._ownership = context, settings, ownership
        self.ends = Ends(context, NAME)
        self.link: Link | None = None
        self.submitting: Submitting | None = None
        self._stopping = False
        self._thread = None
        context.submits_here = lambda _: self.link is not None

    @property
    def up(self) -> bool:
        return self.link is not None and self.link.state.name == "bound"

    @property
    def down(self) -> bool:
        """This process has the link, and it does not work."""
        return self.link is not None and not self.up

    @property
    def listening(self) -> bool:
        """The link has been up long enough for receipts that waited at the SMSC to have come."""
        link = self.link
        return self.up and link is not None and self._context.clock.now() - link.state.since > RECEIPTS_COME_WITHIN

    def start(self) -> None:
        self._thread = eventlet.spawn(self._run)

    def stop(self) -> None:
        self._stopping = True
        if self._thread is not None:
            self._thread.kill()
        self._put_down()

    def view(self, waiting: int) -> LinkView:
        link = self.link
        return LinkView(
            name=NAME,
            host=f"{self._settings.host}:{self._settings.port}",
            state=link.state.name if link else "elsewhere",
            window=self._settings.window,
            in_flight=link.in_flight if link else 0,
            waiting=waiting,
        )

    def measure(self) -> None:
        """Set the gauges."""
        link = self.link
        metrics.link_bound.labels(NAME).set(self.up)
        metrics.window_fill.labels(NAME).set(link.in_flight / self._settings.window if link else 0)

    def _run(self) -> None:
        """Take the link when it is free, keep it while the lock lives."""
        while not self._stopping:
            try:
                if self.link is None and self._ownership.try_take():
                    self._take_up()
                elif self.link is not None and not self._ownership.still_held():
                    self._put_down()
            except Exception as error:
                log.warning("link %s can't be owned now: %s", NAME, type(error).__name__)
            eventlet.sleep(LOOK_SECONDS)

    def _take_up(self) -> None:
        """What an earlier owner was submitting has no response coming: its outcome is unknown until a receipt tells."""
        link = Link(self._settings, self, self._context.clock)
        self.submitting = Submitting(self._context, NAME, link, self.ends)
        while True:
            with self._context.db.begin() as connection:
                left = repository_parts.submitting(connection, NAME, self._context.limits.batch)
            if not left:
                break
            log.warning("link %s: %d parts have an unknown outcome", NAME, len(left))
            self.submitting.on_lost(left)
        self.link = link
        link.start()

    def _put_down(self) -> None:
        link, self.link = self.link, None
        try:
            if link is not None:
                link.stop()
                self._context.give_up_submits(NAME)
        finally:
            self._ownership.release()

    def on_responses(self, responses: list[Response]) -> None:
        failpoint("link.responses")
        if self.submitting is not None:
            self.submitting.on_responses(responses)

    def on_receipts(self, pdus: list[DeliverSm]) -> None:
        failpoint("link.receipts")
        self.ends.on_receipts(pdus)

    def on_lost(self, keys: list[Hashable]) -> None:
        log.warning("link %s: %d submit_sm got no response", NAME, len(keys))
        if self.submitting is not None:
            self.submitting.on_lost(keys)  # type: ignore[arg-type]

    def on_state(self, state: LinkState) -> None:
        log.info("link %s is %s %s", NAME, state.name, state.reason)

    def on_window_changed(self, free_window: int) -> None:
        self._context.wakes.submit.set()
