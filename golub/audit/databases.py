"""Where the services' databases are: given by the environment, or in the cluster under var/, running or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from golub.local import orphans
from golub.local.errors import LocalServerError
from golub.local.ports import LOOPBACK
from golub.local.postgres import LocalPostgres
from golub.local.secrets import SecretsFile
from golub.registry import SERVICES
from kit.settings import Settings


@contextmanager
def service_urls(settings: Settings) -> Iterator[dict[str, str]]:
    """The URL of each service's database. A cluster under var/ that does not run is started, and stopped at the end.

    Raises LocalServerError with one sentence where there is none.
    """
    if settings.database_url or settings.database_urls:
        yield {service: settings.of(service) for service in SERVICES}
        return
    var = Path(settings.var).absolute()
    running = running_cluster(var)
    if running:
        yield running
        return
    if not (var / "postgres" / "data").exists():
        raise LocalServerError(f"There is no database under {var}: give DATABASE_URL or GOLUB_VAR.")
    with LocalPostgres(var) as server:
        yield {service: server.service_url(service) for service in SERVICES}


def running_cluster(var: Path) -> dict[str, str]:
    """The URLs of the cluster under `var` while its server runs, else nothing."""
    home = (var / "postgres").resolve()
    port = _port_of(home / "data")
    passwords = SecretsFile(home / "passwords.json")
    roles = {service: f"golub_{service}" for service in SERVICES}
    if port is None or any(role not in passwords for role in roles.values()):
        return {}
    return {
        service: f"postgresql+psycopg2://{role}:{passwords.get(role)}@{LOOPBACK}:{port}/{role}"
        for service, role in roles.items()
    }


def _port_of(data: Path) -> int | None:
    """The port is line 4 of the server's pid file; the file of a server that was killed stays behind."""
    pid = orphans.read_pid(data)
    if pid is None or not orphans.is_ready(data, pid):
        return None
    try:
        program = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None
    return int((data / "postmaster.pid").read_text().splitlines()[3]) if program == "postgres" else None
