"""The forms of a page, as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Field:
    """`options`: the values that a choice offers; `sent` is what an untouched form sends, None for nothing."""

    name: str
    kind: str
    sent: str | None
    required: bool = False
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Form:
    """`dialog`: the last dialog that began before it, by which a button that opens it tells where it leads."""

    action: str
    method: str
    dialog: str = ""
    fields: list[Field] = field(default_factory=list)

    def values(self) -> dict[str, str]:
        """What an untouched form sends; of fields with one name the first."""
        sent: dict[str, str] = {}
        for one in self.fields:
            if one.sent is not None:
                sent.setdefault(one.name, one.sent)
        return sent

    def filled(self) -> dict[str, str]:
        """As `values`, with something in each field that must not be empty."""
        needed = {one.name: "2026-11-22" if one.kind == "date" else "1" for one in self.fields if one.required}
        return needed | {name: value for name, value in self.values().items() if value or name not in needed}


def forms_of(page: str) -> list[Form]:
    reader = _Reader()
    reader.feed(page)
    return reader.forms


class _Reader(HTMLParser):
    """Fields outside of their form (attribute `form`) are not used by these pages."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._dialog = ""
        self._form: Form | None = None
        self._text: Field | None = None
        self._choice: Field | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if "modal" in given.get("class", "").split():
            self._dialog = given.get("id", "")
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower(), self._dialog)
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag in ("input", "button") and "name" in given:
            self._form.fields.append(_input(given))
        elif tag == "textarea":
            self._text = Field(given.get("name", ""), "textarea", "", "required" in given)
            self._form.fields.append(self._text)
        elif tag == "select":
            self._choice = Field(given.get("name", ""), "select", None)
            self._form.fields.append(self._choice)
        elif tag == "option" and self._choice is not None:
            value = given.get("value", "")
            self._choice.options.append(value)
            if self._choice.sent is None or "selected" in given:
                self._choice.sent = value

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.sent = (self._text.sent or "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._text = None
        elif tag == "select":
            self._choice = None


def _input(given: dict[str, str]) -> Field:
    kind = given.get("type", "text")
    sent: str | None = given.get("value", "")
    if kind in ("checkbox", "radio"):
        sent = given.get("value", "on") if "checked" in given else None
    elif kind in ("submit", "button", "file", "image"):
        sent = None
    return Field(given["name"], kind, sent, "required" in given)
