"""A program of the operator, over the whole platform: it makes a key on the page, a link over TLS, a scheme, and messages go."""

import contextlib
import json
import re
import signal
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from golub.local.ports import LOOPBACK, free_port
from tests.e2e.panel import Panel, fields
from tests.e2e.platform import Child, Platform, wait_until
from tests.support.authority import Authority
from tests.support.folders import open_folder

#: Far more than what a link takes to follow a change: other tests may keep the machine busy.
PATIENCE_SECONDS = 60.0
HOST = "smsc.operator.example"


class Program:
    """Calls of the operator's API, each from the version that was read last."""

    def __init__(self, platform: Platform, panel: Panel) -> None:
        self._address = urlsplit(platform.demo["operator"]["url"])
        form = {"name": "e2e", "scope": "manage", "allow_list": "127.0.0.0/8", "csrf_token": ""}
        form["csrf_token"] = fields(panel.get("/platform/api-keys"))["csrf_token"]
        page = panel.upload("/platform/api-keys", form, {})
        found = re.search(r"golub_operator_\w+", page)
        assert found, page[-3000:]
        self._key, self._etag = found[0], ""

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = HTTPConnection(LOOPBACK, self._address.port or 80, timeout=40)
        headers = {"Host": self._address.netloc, "Authorization": f"Bearer {self._key}", "If-Match": self._etag or "*"}
        with contextlib.closing(connection):
            content = None if body is None else json.dumps(body)
            connection.request(
                method, f"/api/v1/platform{path}", content, headers | {"Content-Type": "application/json"}
            )
            response = connection.getresponse()
            self._etag = response.getheader("ETag") or ""
            answer = response.read()
            return response.status, json.loads(answer) if answer else None

    def reason(self, name: str) -> tuple[str, str]:
        """(code, sentence) of why the link is down, empty while it is up."""
        now = self("GET", f"/links/{name}")[1]["now"]
        return (now["reason_code"], now["reason"]) if now and now["state"] == "down" else ("", "")

    def state(self, name: str) -> str:
        now = self("GET", f"/links/{name}")[1]["now"]
        return now["state"] if now else ""


class EncryptedSmsc:
    """Our simulator as a program that speaks TLS with this certificate, and keeps a journal."""

    def __init__(self, folder: Path, certificate: Path, key: Path) -> None:
        self.port, self.journal = free_port(), folder / "journal.jsonl"
        scenario = folder / "tls.toml"
        scenario.write_text(
            f'listen = {{port = {self.port}, certificate = "{certificate}", key = "{key}"}}\n'
            'account = [{system_id = "golub", password = "secret"}]\nreceipts = {delay = 200}\n'
        )
        options = ["--scenario", str(scenario), "--journal", str(self.journal)]
        self._child = Child(folder / "smsc.out", {}, "simulator", *options)
        self._child.wait_for("listens on", 30.0)

    def destinations(self) -> list[str]:
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return [json.loads(line)["destination"] for line in lines]

    def stop(self) -> None:
        self._child.end(signal.SIGTERM)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "Operator CA")


@pytest.fixture
def smsc(authority: Authority) -> Iterator[EncryptedSmsc]:
    with open_folder("smsc-tls") as folder:
        one = EncryptedSmsc(folder, *authority.issue(HOST))
        yield one
        one.stop()


def test_a_link_over_tls_is_managed_by_a_program_and_believes_nobody_but_its_operator(
    embedded: Platform, smsc: EncryptedSmsc, authority: Authority, tmp_path: Path
) -> None:
    panel = Panel(embedded.demo["operator"])
    program = Program(embedded, panel)
    settings = {"host": LOOPBACK, "port": smsc.port, "system_id": "golub", "tls": "verify", "tls_server_name": HOST}
    settings |= {"reconnect_backoff_seconds_min": 0.2, "reconnect_backoff_seconds_max": 0.5}
    stranger = Authority(tmp_path, "Nobody's CA")
    link = {"name": "over-tls", "password": "secret", "settings": {**settings, "tls_ca": stranger.pem}}
    status, made = program("POST", "/links", link)
    assert (status, made["has_password"]) == (201, True), made

    _refused(program, "tls_untrusted")
    _change(program, {"tls_ca": authority.pem, "tls_server_name": "other.operator.example"})
    _refused(program, "tls_wrong_name")
    page = panel.get("/platform/links/over-tls/state")
    assert "сертификат выдан не на имя other.operator.example" in page and smsc.destinations() == []

    _change(program, {"tls_server_name": HOST})
    wait_until(lambda: program.state("over-tls") == "bound", PATIENCE_SECONDS, "bound over TLS")
    _messages_go_over_it(embedded, program, smsc)

    wait_until(lambda: program("DELETE", "/links/over-tls")[0] in (204, 404), PATIENCE_SECONDS, "deleted", 1.0)
    assert program("GET", "/links/over-tls")[0] == 404
    key_id = re.findall(r'name="key_id" value="(\w+)"', panel.get("/platform/api-keys"))[0]
    panel.submit("/platform/api-keys", "/platform/api-keys/withdraw", key_id=key_id)
    assert program("GET", "/links")[0] == 401


def _refused(program: Program, code: str) -> None:
    wait_until(lambda: program.reason("over-tls")[0] == code, PATIENCE_SECONDS, f"refused as {code}")


def _change(program: Program, settings: dict[str, Any]) -> None:
    program("GET", "/links/over-tls")
    status, answer = program("PATCH", "/links/over-tls", {"settings": settings})
    assert status == 200, answer


def _messages_go_over_it(embedded: Platform, program: Program, smsc: EncryptedSmsc) -> None:
    """A scheme of its own sends what the demo's advertiser has over this link, until it is taken back."""
    recipients = [f"7916000{number:02d}07" for number in range(5)]
    [partner] = [one["id"] for one in program("GET", "/partners")[1]["partners"] if _is_demos(embedded, one)]
    routes = [{"targets": [{"link": "over-tls"}]}]
    scheme = program("POST", "/schemes", {"name": "Over TLS", "after": "refuse", "routes": routes})[1]["id"]
    assignment = f"/assignments/partner/{partner}"
    try:
        assert program("PUT", assignment, {"scheme_id": scheme})[0] == 200
        tried = f"/route?recipient={recipients[0]}&partner_id={partner}"
        assert program("GET", tried)[1]["link"] == "over-tls"
        wait_until(lambda: _goes(embedded, smsc, "79160009907"), PATIENCE_SECONDS, "the scheme is followed", 1.0)
        embedded.send(recipients)
        embedded.wait_until_final(PATIENCE_SECONDS)
        assert smsc.destinations()[-5:] == recipients
    finally:
        program("DELETE", assignment)
        assert program("DELETE", f"/schemes/{scheme}")[0] == 204


def _goes(embedded: Platform, smsc: EncryptedSmsc, recipient: str) -> bool:
    embedded.send([recipient])
    embedded.wait_until_final(PATIENCE_SECONDS)
    return recipient in smsc.destinations()


def _is_demos(embedded: Platform, partner: dict[str, Any]) -> bool:
    return urlsplit(embedded.demo["http"]).hostname in partner["hosts"]
