"""The files and the environment of a private RabbitMQ node."""

import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from golub.local.ports import LOOPBACK

VHOST = "golub"
USER = "golub"
# The data belongs to this name; two nodes may both have it, as each has a name service of its own.
_NAME = "golub@localhost"


@dataclass(frozen=True)
class Node:
    """Where a node keeps its data and which loopback ports it uses: AMQP, Erlang distribution, name service."""

    folder: Path
    port: int
    distribution_port: int
    epmd_port: int
    password: str

    def write_files(self) -> None:
        """Write what the node reads while it starts; only the cookie is kept from an earlier time."""
        (self.folder / "log").mkdir(exist_ok=True)
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(16))
            cookie.chmod(0o400)  # Erlang refuses a cookie that others can read.
        # Names come from this file alone: a slow or absent DNS server would otherwise hold the start up for seconds.
        (self.folder / "inetrc").write_text(
            f'{{lookup, [file]}}.\n{{host, {{127,0,0,1}}, ["localhost", "{socket.gethostname()}"]}}.\n'
        )
        (self.folder / "enabled_plugins").write_text("[].\n")
        definitions = self.folder / "definitions.json"
        definitions.touch(mode=0o600)
        definitions.write_text(json.dumps(self._definitions()))
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {LOOPBACK}:{self.port}\n"
            f"load_definitions = {definitions}\n"
            f"log.file = {self.folder}/log/rabbitmq.log\n"
            "log.file.level = info\n"
            "log.console = false\n"
        )

    def _definitions(self) -> dict[str, object]:
        """What the node loads while it starts; `rabbitmqctl` would take a second or two for each of these."""
        queue_type = {"default_queue_type": "quorum"}  # 3.10 reads it under `metadata`, later versions outside.
        return {
            "users": [{"name": USER, "password": self.password, "tags": "administrator"}],
            "vhosts": [{"name": VHOST, "metadata": queue_type, **queue_type}],
            "permissions": [{"user": USER, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}],
        }

    def environment(self) -> dict[str, str]:
        """The node's whole environment: no variable of the caller's and no file under /etc/rabbitmq has a say."""
        folder = str(self.folder)
        loopback_only = "-kernel inet_dist_use_interface {127,0,0,1}"
        return {
            "PATH": os.defpath + ":/usr/sbin:/sbin",
            "HOME": folder,
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": _NAME,
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/no-rabbitmq-env.conf",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/no-advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_MNESIA_DIR": f"{folder}/data/node",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/config",
            "RABBITMQ_PID_FILE": f"{folder}/node.pid",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback_only,
            "RABBITMQ_CTL_ERL_ARGS": loopback_only,
            "RABBITMQ_SERVER_START_ARGS": "+B i",
            # The script then becomes the Erlang machine instead of waiting for it, so that our child is the node.
            "detached": "1",
            "ERL_INETRC": f"{folder}/inetrc",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_CRASH_DUMP_SECONDS": "0",
        }
