"""Somebody at the gateway with a host, a session or a key: asks whatever route of it, and sends the forms of its pages."""

import re
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from io import BytesIO
from urllib.parse import urlencode

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from golub.local.ports import LOOPBACK
from tests.support.page_forms import Form, forms_of

_COMPLAINT = re.compile(r'class="(?:invalid-feedback|alert alert-danger)[^>]*>(.{1,300}?)</div>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    location: str


class Person:
    """Asks at `host` (a name and the port); with `key` as a program, else with the session of `signs_in`, if any."""

    def __init__(self, name: str, host: str, key: str = "") -> None:
        self.name, self.host, self.key = name, host, key
        self.token = ""
        self.cookies: dict[str, str] = {}
        self._port = int(host.rpartition(":")[2])

    def at(self, host: str) -> "Person":
        """The same session or key, at another host."""
        other = Person(f"{self.name} at another host", host, self.key)
        other.token, other.cookies = self.token, dict(self.cookies)
        return other

    def signs_in(self, login: str, password: str) -> "Person":
        self.reads_token("/sign-in")
        answer = self.posts("/sign-in", {"login": login, "password": password})
        assert answer.status == 303 and "sign-in" not in answer.location, (self.name, login, answer)
        self.reads_token(answer.location)
        return self

    def reads_token(self, path: str) -> None:
        """Remember the token that the forms of this session carry, from any page with a form."""
        found = [form.values()["csrf_token"] for form in self.forms(path) if "csrf_token" in form.values()]
        self.token = found[0]

    def gets(self, path: str) -> Answer:
        return self.asks("GET", path)

    def posts(self, path: str, values: dict[str, str]) -> Answer:
        form = urlencode({"csrf_token": self.token, **values})
        return self.asks("POST", path, form.encode(), "application/x-www-form-urlencoded")

    def uploads(self, path: str, files: dict[str, bytes]) -> Answer:
        """Send a form with files alone."""
        sent = {name: FileStorage(BytesIO(one), name) for name, one in files.items()}
        boundary, body = encode_multipart({"csrf_token": self.token, **sent})
        return self.asks("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def asks(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> Answer:
        headers = {"Host": self.host, "Accept-Language": "en"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if content_type:
            headers["Content-Type"] = content_type
        with closing(HTTPConnection(LOOPBACK, self._port, timeout=60)) as connection:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            for name, value in response.getheaders():
                if name.lower() == "set-cookie":
                    self._keeps(value)
            return Answer(response.status, text, response.getheader("Location") or "")

    def forms(self, path: str) -> list[Form]:
        answer = self.gets(path)
        assert answer.status == 200, (self.name, path, answer.status, answer.location)
        return forms_of(answer.text)

    def fills(self, path: str, action: str = "", /, **values: str) -> Answer:
        """Send the form of the page that leads to `action` (the page itself): as it is, but for `values`; it must be taken."""
        wanted = action or path.partition("?")[0]
        forms = [form for form in self.forms(path) if form.method == "post"]
        found = [form for form in forms if form.action == wanted] or [one for one in forms if not one.action]
        assert found, (self.name, path, wanted)
        answer = self.posts(wanted, found[0].values() | values)
        assert answer.status in (200, 303), (self.name, wanted, answer.status, _COMPLAINT.findall(answer.text))
        return answer

    def _keeps(self, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].partition("=")
        self.cookies[name] = value
