"""Every environment variable there is, read once at start. `golub settings` prints this table."""

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def env(name: str, default: str, about: str, *, secret: bool = False, numbers: range | None = None) -> Any:
    """A field of that environment variable; `numbers` are the whole numbers it may hold, else it is text."""
    return field(default=default, metadata={"name": name, "about": about, "secret": secret, "numbers": numbers})


_PORTS = range(65536)
_SWITCH = range(2)
_SECONDS = range(1, 10**9)
_QUEUE_TYPES = ("classic", "quorum")
_TOTP = ("optional", "required")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Typed views of the environment are the properties; the fields are the raw strings."""

    amqp_uri: str = env("AMQP_URI", "inproc://", "RabbitMQ, or inproc:// for one process", secret=True)
    database_url: str = env(
        "DATABASE_URL",
        "",
        "postgresql+psycopg2:// URL of the service's database; {service} in it becomes the service's name",
        secret=True,
    )
    var: str = env("GOLUB_VAR", "var", "folder of the data of a laptop run")
    bind: str = env("GOLUB_BIND", "127.0.0.1", "address the servers listen on")
    http_port: str = env("GOLUB_HTTP_PORT", "8080", "port of the HTTP gateway", numbers=_PORTS)
    smpp_port: str = env("GOLUB_SMPP_PORT", "2775", "port of the SMPP server for advertisers", numbers=_PORTS)
    smpp_tls_port: str = env(
        "GOLUB_SMPP_TLS_PORT", "0", "port of the SMPP server for encrypted connections; 0 = none", numbers=_PORTS
    )
    smpp_tls_certificate: str = env(
        "GOLUB_SMPP_TLS_CERTIFICATE", "", "file of its certificate with the chain, PEM; read again when it changes"
    )
    smpp_tls_key: str = env("GOLUB_SMPP_TLS_KEY", "", "file of its key, PEM; empty: in the file of the certificate")
    smpp_idle: str = env(
        "GOLUB_SMPP_IDLE_MINUTES",
        "1440",
        "an SMPP client that sends nothing but enquire_link so long is unbound; 0 = never",
        numbers=range(1_000_000),
    )
    sim_port: str = env("GOLUB_SIM_PORT", "2776", "port of the SMSC simulator", numbers=_PORTS)
    metrics_port: str = env(
        "GOLUB_METRICS_PORT", "0", "port of /metrics and health of a service process; 0 = none", numbers=_PORTS
    )
    smsc_url: str = env("SMSC_URL", "", "smpp://id:password@host:port of the link main", secret=True)
    receipt_timeout: str = env(
        "GOLUB_RECEIPT_TIMEOUT_SECONDS",
        "259200",
        "a submitted message without receipt becomes unknown after this time",
        numbers=_SECONDS,
    )
    unresolved: str = env(
        "GOLUB_UNRESOLVED_SECONDS",
        "3600",
        "a submit_sm without response waits this long for a receipt, then is unknown",
        numbers=_SECONDS,
    )
    validity: str = env(
        "GOLUB_MESSAGE_VALIDITY_SECONDS",
        "172800",
        "a message that could not be submitted so long is refused",
        numbers=_SECONDS,
    )
    assembly: str = env(
        "GOLUB_ASSEMBLY_SECONDS",
        "60",
        "parts of a message that an SMPP client cut itself are waited for so long, then sent one by one",
        numbers=range(1, 3601),
    )
    smsc_window: str = env("SMSC_WINDOW", "100", "unanswered submit_sm on the link at most", numbers=range(1, 10_000))
    submit_ahead: str = env(
        "GOLUB_SUBMIT_AHEAD_MILLISECONDS",
        "250",
        "what a bind sends in this time, and no more than its window, is written down ahead of its turn; 0 = nothing",
        numbers=range(5_001),
    )
    https: str = env(
        "GOLUB_HTTPS", "0", "1 where people come over HTTPS: cookies get Secure and the __Host- prefix", numbers=_SWITCH
    )
    secret_key: str = env(
        "GOLUB_SECRET_KEY",
        "",
        "key of CSRF tokens and of what is stored encrypted: passwords of payment systems and links, webhooks' secrets, keys of"
        " certificates",
        secret=True,
    )
    secret_file: str = env("GOLUB_SECRET_FILE", "", "file that holds GOLUB_SECRET_KEY")
    trusted_proxies: str = env(
        "GOLUB_TRUSTED_PROXIES", "0", "proxies in front whose X-Forwarded-For counts", numbers=range(100)
    )
    operator_totp: str = env(
        "GOLUB_OPERATOR_TOTP",
        "optional",
        "required: the operator's people have to use the second step at sign-in; optional: who likes",
    )
    api_requests_per_second: str = env(
        "GOLUB_API_REQUESTS_PER_SECOND",
        "200",
        "requests a second of one API key, per gateway process; twice as many at once",
        numbers=range(1, 1_000_001),
    )
    smtp_url: str = env(
        "GOLUB_SMTP_URL", "", "smtp://user:password@host:port of letters; smtps:// or ?starttls=1", secret=True
    )
    mail_from: str = env("GOLUB_MAIL_FROM", "golub@localhost", "sender of letters")
    smtp_private: str = env(
        "GOLUB_SMTP_PRIVATE",
        "0",
        "1 where partners' mail servers may have private addresses: development, an intranet",
        numbers=_SWITCH,
    )
    operator_mail: str = env(
        "GOLUB_OPERATOR_MAIL", "", "where letters to the operator go; several addresses with commas between"
    )
    public_names: str = env(
        "GOLUB_PUBLIC_NAMES",
        "",
        "names that domains of partners are to point at by CNAME, commas between; with no name and no address given"
        " domains are served as soon as the operator adds them",
    )
    public_addresses: str = env(
        "GOLUB_PUBLIC_ADDRESSES", "", "addresses that domains of partners are to point at by A and AAAA, commas between"
    )
    dns_servers: str = env(
        "GOLUB_DNS_SERVERS", "", "addresses of the DNS servers that are asked about domains; empty: those of the system"
    )
    webhook_private: str = env(
        "GOLUB_WEBHOOK_PRIVATE",
        "0",
        "1 where webhooks may lead to private addresses: development, an intranet",
        numbers=_SWITCH,
    )
    rpc_queues: str = env(
        "GOLUB_RPC_QUEUES",
        "classic",
        "classic or quorum: queues of calls between services; quorum outlives a node of a RabbitMQ cluster, at some speed",
    )
    workers: str = env(
        "GOLUB_WORKERS", "16", "entrypoints at work at once in a service process", numbers=range(1, 1000)
    )
    rpc_timeout: str = env("GOLUB_RPC_TIMEOUT_SECONDS", "10", "deadline of a call between services", numbers=_SECONDS)
    log_level: str = env("GOLUB_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR")
    database_urls: dict[str, str] = field(
        default_factory=dict, metadata={"name": "", "about": "", "secret": True, "numbers": None}
    )
    failpoint: str = env("GOLUB_FAILPOINT", "", "name of the failpoint at which the process kills itself; for tests")

    def of(self, service: str) -> str:
        """Database URL of one service: what the launcher gave for it, else from DATABASE_URL."""
        if service in self.database_urls:
            return self.database_urls[service]
        if not self.database_url.startswith("postgresql+psycopg2://"):
            raise SystemExit(
                "Give DATABASE_URL, such as postgresql+psycopg2://golub_{service}:password@host/golub_{service}."
            )
        return self.database_url.replace("{service}", service)

    def number(self, name: str) -> int:
        """A field as a whole number; a sentence and exit where it is none, or one that makes no sense."""
        raw = getattr(self, name)
        about = next(one.metadata for one in fields(self) if one.name == name)
        if not (raw.isascii() and raw.isdigit()):
            raise SystemExit(f"{about['name']} must be a whole number, not {raw!r}.")
        allowed = about["numbers"]
        if allowed is not None and int(raw) not in allowed:
            raise SystemExit(f"{about['name']} must be from {allowed.start} to {allowed.stop - 1}, not {raw}.")
        return int(raw)

    @property
    def secret(self) -> bytes:
        """The process's secret; a laptop run makes one, a cluster mounts one."""
        text = Path(self.secret_file).read_text().strip() if self.secret_file else self.secret_key
        if len(text) < 32:
            raise SystemExit("Give GOLUB_SECRET_KEY or GOLUB_SECRET_FILE at least 32 characters.")
        return text.encode()


def load(environment: dict[str, str] | None = None) -> Settings:
    """Settings from the environment; an empty variable counts as not set. A bad value ends the start with a sentence."""
    source = os.environ if environment is None else environment
    given: dict[str, Any] = {
        f.name: source[f.metadata["name"]] for f in fields(Settings) if source.get(f.metadata["name"])
    }
    settings = Settings(**given)
    for one in fields(Settings):
        if one.metadata.get("numbers") is not None:
            settings.number(one.name)
    if settings.rpc_queues not in _QUEUE_TYPES:
        raise SystemExit(f"GOLUB_RPC_QUEUES must be one of {', '.join(_QUEUE_TYPES)}, not {settings.rpc_queues!r}.")
    if settings.operator_totp not in _TOTP:
        raise SystemExit(f"GOLUB_OPERATOR_TOTP must be one of {', '.join(_TOTP)}, not {settings.operator_totp!r}.")
    if settings.log_level not in _LOG_LEVELS:
        raise SystemExit(f"GOLUB_LOG_LEVEL must be one of {', '.join(_LOG_LEVELS)}, not {settings.log_level!r}.")
    return settings
