"""A person at the panel: signs in, fills in forms and reads tables, with the token that each page carries."""

import re
from decimal import Decimal
from html import unescape
from http.client import HTTPConnection
from io import BytesIO
from urllib.parse import urlencode, urlsplit

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from golub.local.ports import LOOPBACK

_FIELD = re.compile(r'<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"')
_ROW = re.compile(r"<tfoot>.*?<tr>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r'<td class="num">(.*?)</td>', re.DOTALL)


class Panel:
    """Signed in as one of the people of `var/demo.json`."""

    def __init__(self, person: dict[str, str]) -> None:
        address = urlsplit(person["url"])
        self._host, self._port = address.netloc, address.port
        self._cookie = ""
        page = self.get("/sign-in")
        values = {"login": person["login"], "password": person["password"], "csrf_token": fields(page)["csrf_token"]}
        self.post("/sign-in", values)
        assert self._cookie, "signing in gave no session"

    def get(self, path: str) -> str:
        status, page, _ = self._request("GET", path, None)
        assert status == 200, (path, status)
        return page

    def post(self, path: str, values: dict[str, str]) -> str:
        """Send a form; it must be taken, which a redirect tells. Where that leads."""
        status, page, location = self._request("POST", path, urlencode(values))
        assert status in (302, 303), (path, status, page[:2000])
        return location

    def submit(self, page: str, path: str = "", **values: str) -> str:
        """Send the form of a page with its token; `path` where it goes elsewhere than to its page."""
        return self.post(path or page, {"csrf_token": fields(self.get(page))["csrf_token"], **values})

    def upload(self, path: str, values: dict[str, str], files: dict[str, bytes]) -> str:
        """Send a form with files; it must be taken. The page that it answers with, empty for a redirect."""
        boundary, body = encode_multipart(
            {**values, **{name: FileStorage(BytesIO(one), name) for name, one in files.items()}}
        )
        status, page, _ = self._send("POST", path, body, f"multipart/form-data; boundary={boundary}")
        assert status in (200, 302, 303), (path, status, page[:2000])
        return page.decode() if status == 200 else ""

    def download(self, path: str) -> tuple[bytes, str]:
        """A file and its media type."""
        status, contents, headers = self._send("GET", path, None, "")
        assert status == 200, (path, status)
        return contents, headers["Content-Type"]

    def _request(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        encoded = None if body is None else body.encode()
        status, page, headers = self._send(method, path, encoded, "application/x-www-form-urlencoded")
        return status, page.decode(), headers.get("Location", "")

    def _send(self, method: str, path: str, body: bytes | None, content_type: str) -> tuple[int, bytes, dict[str, str]]:
        connection = HTTPConnection(LOOPBACK, self._port, timeout=30)
        headers = {"Host": self._host, "Cookie": self._cookie}
        if body is not None:
            headers["Content-Type"] = content_type
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        page = response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie" and "session" in value:
                self._cookie = value.split(";")[0]
        connection.close()
        return response.status, page, dict(response.getheaders())

    def add_package(self, advertiser_id: str, amount: str) -> None:
        """Put money on an advertiser's balance, as the partner does."""
        path = f"/admin/advertisers/{advertiser_id}/packages"
        form = fields(self.get(path))
        values = {"csrf_token": form["csrf_token"], "id": form["id"], "amount": amount, "credit": "0"}
        self.post(path, values | {"payment_kind": "bank", "paid": "1"})

    def statistics(self) -> tuple[int, int, int, Decimal, Decimal]:
        """(messages, parts, delivered, charged, cost) of the last line of «Статистика»."""
        page = self.get("/admin/statistics/sms?group_by=state")
        row = _ROW.search(page)
        assert row, page[-3000:]
        cells = [_number(cell) for cell in _CELL.findall(row[1])]
        return int(cells[0]), int(cells[1]), int(cells[2]), cells[4], cells[5]


def fields(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _FIELD.findall(page)}


def _number(cell: str) -> Decimal:
    """A number as Russians write it: spaces between thousands, a comma, a unit behind."""
    text = re.sub(r"<[^>]*>|\s|&nbsp;|&#160;|\u00a0|\u202f", "", unescape(cell))
    found = re.search(r"-?[\d]+(?:,\d+)?", text)
    assert found, cell
    return Decimal(found[0].replace(",", "."))
