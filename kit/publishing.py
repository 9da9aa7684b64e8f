"""Publishing calls and answers: nobody misses one that a broker lost, for its caller repeats it.

So none is written to disk, and the broker's word that it has one is waited for only where something may be wrong: for
the first call of a route, which may have no queue, and after trouble. Waiting for it costs as much as publishing does.
"""

import logging
from typing import Any

from amqp.exceptions import AMQPError
from eventlet.patcher import original
from kombu import Connection, Producer
from kombu.exceptions import OperationalError
from nameko.amqp.publish import Publisher

from kit import inproc
from kit.guard import close_quietly

log = logging.getLogger(__name__)

#: Connections that are kept for publishing. They are in use for a moment only; when all are, the way is the confirmed one.
MOST_LINES = 4
#: What is known of routes is forgotten when it is about so many.
MOST_ROUTES = 1_000
CONNECT_TIMEOUT_SECONDS = 5
_select = original("select")
_BROKEN = (OSError, AMQPError, OperationalError)


class ConfirmedPublisher(Publisher):
    """Waits for the broker, retries, and says where a call has no queue."""

    delivery_mode = "transient"


class DirectPublisher:
    """`publish` of a `ConfirmedPublisher`, without its waits where they would tell nothing new."""

    def __init__(self, amqp_uri: str) -> None:
        self._uri = amqp_uri
        self._confirmed = ConfirmedPublisher(amqp_uri)
        self._free: list[_Line] = []
        self._made = 0
        self._known: set[str] = set()

    def publish(
        self, payload: Any, *, exchange: Any, routing_key: str, mandatory: bool = False, **properties: Any
    ) -> None:
        """`mandatory`: raises `UndeliverableMessage` where the route has no queue, the first time it is used."""
        if (mandatory and routing_key not in self._known) or not self._sent(payload, exchange, routing_key, properties):
            self._confirmed.publish(
                payload, exchange=exchange, routing_key=routing_key, mandatory=mandatory, **properties
            )
            if mandatory:
                self._remember(routing_key)

    def doubt(self, routing_key: str) -> None:
        """Nothing came back of this route: the broker is asked again the next time."""
        self._known.discard(routing_key)

    def _remember(self, routing_key: str) -> None:
        if len(self._known) >= MOST_ROUTES:
            self._known.clear()
        self._known.add(routing_key)

    def _sent(self, payload: Any, exchange: Any, routing_key: str, properties: dict[str, Any]) -> bool:
        """False where no line is to be had, or the one that there is ended: nothing was published then."""
        line = self._take()
        if line is None:
            return False
        sent = False
        try:
            if line.alive:
                line.publish(payload, exchange=exchange, routing_key=routing_key, **properties)
                sent = True
        except _BROKEN as error:
            log.info("a connection for calls ended: %r", error)
        finally:
            if sent:
                self._free.append(line)
            else:
                self._made -= 1
                line.end()
        return sent

    def _take(self) -> "_Line | None":
        if self._free:
            return self._free.pop()
        if self._made >= MOST_LINES or self._uri == inproc.URI:
            return None
        self._made += 1
        line = None
        try:
            line = _Line(self._uri)
        except _BROKEN as error:
            log.info("no connection for calls: %r", error)
        finally:
            self._made -= line is None
        return line


class _Line:
    def __init__(self, amqp_uri: str) -> None:
        self._connection = Connection(amqp_uri, connect_timeout=CONNECT_TIMEOUT_SECONDS)
        try:
            # One attempt: whoever is to wait for a broker that is away takes the confirmed way.
            self._connection.ensure_connection(max_retries=0)
            self._producer = Producer(self._connection.channel(), auto_declare=False)
            self._poll = _select.poll()
            self._poll.register(self._connection.connection.sock.fileno(), _select.POLLIN)
        except BaseException:
            close_quietly(self._connection)
            raise

    @property
    def alive(self) -> bool:
        """A broker says nothing on a connection that is only published to, unless it ends it."""
        return not self._poll.poll(0)

    def publish(self, payload: Any, **properties: Any) -> None:
        self._producer.publish(
            payload,
            delivery_mode=ConfirmedPublisher.delivery_mode,
            serializer=ConfirmedPublisher.serializer,
            retry=False,
            **properties,
        )

    def end(self) -> None:
        """Without a farewell: nobody may be there to answer it."""
        try:
            self._connection.collect()
        except Exception as error:
            log.debug("closing a broken connection: %r", error)
