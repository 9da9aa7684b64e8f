"""RPC over nameko's wire format, with deadlines on both sides and nothing left behind when one passes.

The caller sends `expiration` (kombu takes seconds) and a deadline header; the callee refuses what is too late. A call is
never the only copy of anything: a caller that got `Unavailable` repeats it with the same ids.
"""

import logging
import time
import uuid
from typing import Any

from kombu import Queue
from kombu.exceptions import EncodeError
from nameko.amqp.publish import UndeliverableMessage
from nameko.exceptions import MethodNotFound
from nameko.extensions import DependencyProvider
from nameko.rpc import ReplyListener, Rpc, RpcConsumer, get_rpc_exchange

from contracts.client import Client
from contracts.errors import UNEXPECTED, DeadlineExceeded, GolubError, Malformed, Unavailable, revive
from kit import metrics
from kit.container import DEADLINE, SafeQueueConsumer, refuse_late
from kit.guard import within
from kit.publishing import DirectPublisher

log = logging.getLogger(__name__)

DEAD_LETTERS = "golub.dead-calls"
DEAD_LETTERS_KEPT = 10_000
#: Calls carry passwords and message texts; they are kept only as long as somebody may look into a failure.
DEAD_LETTERS_EXPIRE_MILLISECONDS = 24 * 3600 * 1000
REPLY_QUEUE_EXPIRES_MILLISECONDS = 300_000
REPLY_PUBLISH_SECONDS = 10
LEAST_TIMEOUT_SECONDS = 0.05


class BoundedRpcConsumer(RpcConsumer):
    """nameko's consumer of `rpc-<service>`, whose rejected messages go to a bounded dead-letter queue.

    `GOLUB_RPC_QUEUES`: the type of that queue. One of the other type is replaced: what it holds are calls, which their
    callers repeat.
    """

    queue_consumer = SafeQueueConsumer()
    side_queues = (
        Queue(
            DEAD_LETTERS,
            durable=True,
            queue_arguments={"x-max-length": DEAD_LETTERS_KEPT, "x-message-ttl": DEAD_LETTERS_EXPIRE_MILLISECONDS},
        ),
    )

    def setup(self) -> None:
        super().setup()
        self.queue.queue_arguments = {
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": DEAD_LETTERS,
            "x-queue-type": self.container.config["settings"].rpc_queues,
        }
        self.replaceable_queues = (self.queue,)
        self._publisher = DirectPublisher(self.container.config["AMQP_URI"])

    def handle_message(self, body: Any, message: Any) -> None:
        """A request that is no nameko request is dead-lettered: there is nobody to answer."""
        if not isinstance(body, dict) or "reply_to" not in message.properties:
            self.queue_consumer.reject_message(message)
            return
        try:
            self.get_provider_for_method(message.delivery_info["routing_key"]).handle_message(body, message)
        except MethodNotFound as error:
            service = self.container.service_name
            late = Unavailable(f"This {service} has no {error}; a newer one may come up during an upgrade.")
            self.handle_result(message, None, (type(late), late, None))
        except Exception as error:
            if not isinstance(error, GolubError):
                log.exception("a call could not be begun")
            self.handle_result(message, None, (type(error), error, None))

    def handle_result(self, message: Any, result: Any, exc_info: Any) -> Any:
        """Answer, then acknowledge. A bus that does not take the answer in time loses it, never this process."""
        answer = {"result": result, "error": None if exc_info is None else error_document(exc_info[1])}
        try:
            within(REPLY_PUBLISH_SECONDS, lambda: self._answer(answer, message), "Sending the answer")
        except Exception as error:
            log.warning("an answer could not be sent: %s", error)
        self.queue_consumer.ack_message(message)
        return result, exc_info

    def _answer(self, answer: dict[str, Any], message: Any) -> None:
        """A result that is no JSON becomes an error, else the caller would wait in vain."""
        try:
            self._publish(answer, message)
        except EncodeError as fault:
            log.exception("an answer is no JSON")
            self._publish({"result": None, "error": error_document(fault)}, message)

    def _publish(self, answer: dict[str, Any], message: Any) -> None:
        self._publisher.publish(
            answer,
            exchange=get_rpc_exchange(self.container.config),
            routing_key=message.properties["reply_to"],
            correlation_id=message.properties.get("correlation_id"),
        )


def error_document(error: BaseException) -> dict[str, Any]:
    """nameko's form of an error. One that is not of our tree is hidden: nothing of its text leaves the process."""
    if not isinstance(error, GolubError):
        error = GolubError(UNEXPECTED)
    return {"exc_type": type(error).__name__, "exc_path": "", "exc_args": list(error.args), "value": error.detail}


class BoundedRpc(Rpc):
    """An RPC entrypoint. Errors of `contracts.errors` reach the caller as they are; others as `GolubError`."""

    rpc_consumer = BoundedRpcConsumer()

    def __init__(self, expected_exceptions: Any = (GolubError,), **kwargs: Any) -> None:
        super().__init__(expected_exceptions=expected_exceptions, **kwargs)

    def handle_message(self, body: Any, message: Any) -> None:
        refuse_late(self.unpack_message_headers(message).get(DEADLINE))
        super().handle_message(body, message)

    def check_signature(self, args: Any, kwargs: Any) -> None:
        try:
            super().check_signature(args, kwargs)
        except Exception as error:
            raise Malformed(f"{self.method_name}: {error}") from error


rpc = BoundedRpc.decorator


class ClassicReplyListener(ReplyListener):
    """Answers come to a classic queue: a vhost whose default is quorum would make a Raft group per process."""

    queue_consumer = SafeQueueConsumer()

    def setup(self) -> None:
        super().setup()
        self.queue.queue_arguments = {"x-expires": REPLY_QUEUE_EXPIRES_MILLISECONDS, "x-queue-type": "classic"}

    def forget(self, correlation_id: str) -> None:
        self._reply_events.pop(correlation_id, None)

    @property
    def waiting(self) -> int:
        """Calls whose answer has not come."""
        return len(self._reply_events)


class Caller:
    """`call(service, method, arguments, timeout_seconds)` for the typed clients of `contracts`."""

    def __init__(self, config: dict[str, Any], replies: ClassicReplyListener) -> None:
        self._exchange = get_rpc_exchange(config)
        self._publisher = DirectPublisher(config["AMQP_URI"])
        self._replies = replies

    def __call__(self, service: str, method: str, arguments: dict[str, Any], timeout_seconds: float) -> Any:
        started, outcome = time.monotonic(), "error"
        try:
            result = self._call(service, method, arguments, timeout_seconds)
            outcome = "ok"
            return result
        finally:
            metrics.rpc_seconds.labels(service, method, outcome).observe(time.monotonic() - started)

    def _call(self, service: str, method: str, arguments: dict[str, Any], timeout_seconds: float) -> Any:
        correlation_id = uuid.uuid4().hex
        give_up_at = time.monotonic() + timeout_seconds
        if not self._replies.queue_consumer.wait_ready(timeout_seconds):
            raise DeadlineExceeded("The bus can't bring answers yet.")
        event = self._replies.get_reply_event(correlation_id)
        try:
            request = {"args": (), "kwargs": arguments}
            within(
                timeout_seconds,
                lambda: self._publish(service, method, request, correlation_id, timeout_seconds),
                "The bus",
            )
            body = event.wait(timeout=max(give_up_at - time.monotonic(), 0.001))
        finally:
            self._replies.forget(correlation_id)
        if not isinstance(body, dict):
            self._publisher.doubt(f"{service}.{method}")
            raise DeadlineExceeded(f"{service}.{method} gave no answer in {timeout_seconds:g} seconds.")
        error = body.get("error")
        if error is not None:
            raise revive(error.get("exc_type", ""), error.get("exc_args") or [])
        return body.get("result")

    def _publish(self, service: str, method: str, request: Any, correlation_id: str, timeout_seconds: float) -> None:
        try:
            self._publisher.publish(
                request,
                exchange=self._exchange,
                routing_key=f"{service}.{method}",
                mandatory=True,
                reply_to=self._replies.routing_key,
                correlation_id=correlation_id,
                expiration=timeout_seconds,
                headers={f"nameko.{DEADLINE}": time.time() + timeout_seconds},
            )
        except UndeliverableMessage as error:
            raise Unavailable(f"The service {service} is not there.") from error
        except Exception as error:
            raise Unavailable(f"The bus does not take calls to {service} now.") from error


class RpcTo(DependencyProvider):
    """`billing = RpcTo(BillingClient)`: the typed client of another service.

    It also keeps the container's queue consumer alive until the last worker has answered, so that a graceful stop
    acknowledges what it has done (nameko 2.14 closes the connection earlier in a container that has no such provider).
    """

    replies = ClassicReplyListener()

    def __init__(self, client: type[Client]) -> None:
        self.client_class = client

    def setup(self) -> None:
        self.caller = Caller(self.container.config, self.replies)

    def get_dependency(self, worker_ctx: Any) -> Any:
        """A call made while answering a call does not outlast the patience of the first caller."""
        client = self.bound()
        deadline = worker_ctx.data.get(DEADLINE)
        if isinstance(deadline, int | float):
            client.timeout_seconds = max(min(client.timeout_seconds, deadline - time.time()), LEAST_TIMEOUT_SECONDS)
        return client

    def bound(self) -> Client:
        client = self.client_class(self.caller)
        client.timeout_seconds = self.container.config["settings"].number("rpc_timeout")
        return client


class Drain(RpcTo):
    """For a service that calls nobody: present only for the graceful stop described at `RpcTo`.

    `kit.launcher` adds one where a service class has neither.
    """

    def __init__(self) -> None:
        super().__init__(Client)

    def get_dependency(self, worker_ctx: Any) -> Any:
        return None
