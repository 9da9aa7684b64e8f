"""A link as its form writes it, and back; what the gateway refuses stands at the field it was typed in."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext

from contracts.errors import GolubError
from contracts.smpp_links import Link, LinkChange, LinkField
from gateway_http.forms import Form
from gateway_http.i18n import language
from gateway_http.platform.links_words import CHOICES
from gateway_http.sentences import told, told_errors

LONGEST_NAME, LONGEST_TITLE, LONGEST_TEXT, LONGEST_CERTIFICATES = 32, 100, 100, 200_000
#: Fields of `LinkChange` beside its settings: (least, most); what may be empty is as the platform has it.
NUMBERS = {"binds": (1, 50), "failover_after_seconds": (0, 86_400)}
PATIENCE = {"unresolved_seconds": (1, 2_592_000), "receipt_timeout_seconds": (1, 2_592_000)}
DEFAULTS = {"binds": "1", "failover_after_seconds": "5", "unresolved_seconds": "", "receipt_timeout_seconds": ""}
USUAL_PORT = "2775"
_STATUS = re.compile(r"(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})[\s,;:=]+([a-z]+)", re.ASCII)


class LinkForm(Form):
    """`values` may be shown again; `change()` is what they say, `errors` tells what can't be read."""

    def __init__(self, given: Mapping[str, str], fields: Sequence[LinkField], link: Link | None) -> None:
        super().__init__(given)
        self.fields, self._link = list(fields), link

    def change(self) -> LinkChange:
        """Of what the environment gives, the present values: the page does not ask for them."""
        link = self._link
        settings = {one.name: self._setting(one) for one in self.fields}
        password = self._given.get("password", "")
        numbers = {name: self.whole(name, *limits) for name, limits in NUMBERS.items()}
        patience = {name: self._patience(name, *limits) for name, limits in PATIENCE.items()}
        return LinkChange(
            name=link.name if link else self.text("name", required=True, longest=LONGEST_NAME),
            title=self.text("title", longest=LONGEST_TITLE),
            binds=numbers["binds"],
            settings=settings,
            version=self._version(),
            password=password or None,
            enabled=link.enabled if link else self.checked("enabled"),
            failover_after_seconds=numbers["failover_after_seconds"],
            unresolved_seconds=patience["unresolved_seconds"],
            receipt_timeout_seconds=patience["receipt_timeout_seconds"],
        )

    def take(self, error: GolubError) -> None:
        """As any form does; a line of the retry table is named by its status."""
        for one in told_errors(error.data.get("errors")):
            parts = str(one.get("pointer", "")).strip("/").split("/")
            parts = parts[1:] if parts[0] == "settings" else parts
            field = parts[0] if parts and parts[0] in self._shown() else "form"
            said = f"{parts[1]}: {one['detail']}" if len(parts) > 1 else one["detail"]
            self.errors[field] = f"{self.errors[field]} {said}" if field in self.errors else said
        if not self.errors:
            self.errors["form"] = told(error.detail)

    def _shown(self) -> set[str]:
        given = set(self._link.given) if self._link else set()
        beside = {"name", "title", "password", *NUMBERS, *PATIENCE}
        return (beside | {one.name for one in self.fields}) - given

    def _version(self) -> int:
        """That the page was opened with; one that can't be is never the present one."""
        written = self.text("was", longest=9)
        return int(written) if written.isascii() and written.isdecimal() else -1

    def _patience(self, name: str, least: int, most: int) -> int | None:
        return self.whole(name, least, most) if self.text(name) else None

    def _setting(self, one: LinkField) -> Any:
        if self._link and one.name in self._link.given:
            return self._link.settings.get(one.name)
        if one.kind == "yes_no":
            return self.checked(one.name)
        if one.kind == "retry":
            return self._retry(one.name)
        if one.kind in ("whole", "number"):
            return self._number(one)
        longest = LONGEST_CERTIFICATES if one.name == "tls_ca" else int(one.most or LONGEST_TEXT)
        return self.text(one.name, required=one.required, longest=max(longest, LONGEST_TEXT))

    def _number(self, one: LinkField) -> int | float:
        written = self.text(one.name, required=True, longest=20)
        if not written:
            return 0
        try:
            value = int(written) if one.kind == "whole" else float(written.replace(",", "."))
        except ValueError:
            value = math.nan
        least, most = float(one.least or "-inf"), float(one.most or "inf")
        if not math.isfinite(value) or not least <= value <= most:
            limits = {"least": shown_number(float(one.least or 0)), "most": shown_number(float(one.most or 0))}
            sentences = {
                "whole": gettext("Write a whole number from %(least)s to %(most)s", **limits),
                "number": gettext("Write a number from %(least)s to %(most)s", **limits),
            }
            self.errors[one.name] = sentences[one.kind]
            return 0
        return value

    def _retry(self, name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for number, line in enumerate(self.text(name, longest=LONGEST_CERTIFICATES).split("\n"), 1):
            match = _STATUS.fullmatch(line.strip())
            if match:
                status = match[1].lower()
                found[str(int(status, 16 if status.startswith("0x") else 10))] = match[2]
            elif line.strip():
                told_line = gettext(
                    "Line %(number)s: write a status and what it means, such as 0x58 throttle", number=number
                )
                self.errors.setdefault(name, told_line)
        return found


def values_of(link: Link | None, fields: Sequence[LinkField]) -> dict[str, str]:
    """A stored link, or the defaults of a new one, as the form writes them."""
    settings = link.settings if link else {}
    values = {one.name: written(one, settings.get(one.name, one.default.get("value"))) for one in fields}
    if link is None:
        return values | DEFAULTS | {"port": USUAL_PORT, "enabled": "1", "was": "0"}
    beside = {name: getattr(link, name) for name in ("title", *NUMBERS, *PATIENCE)}
    return (
        values
        | {name: "" if value is None else str(value) for name, value in beside.items()}
        | {"was": str(link.version)}
    )


def written(one: LinkField, value: Any) -> str:
    """A value of a setting as its field shows it."""
    if value is None:
        return ""
    if one.kind == "yes_no":
        return "1" if value else ""
    if one.kind == "retry":
        table = sorted((int(status), kind) for status, kind in value.items())
        return "\n".join(f"0x{status:02X} {kind}" for status, kind in table)
    if one.kind == "number":
        return shown_number(value)
    return str(value)


def shown_number(value: float) -> str:
    """Without zeros at its end, with the reader's decimal sign."""
    plain = f"{value:.10g}"
    return plain.replace(".", ",") if language() == "ru" else plain


def choices_of(one: LinkField) -> dict[str, str]:
    """The msgids of a setting's choices by their values; one that has no words here is shown as it is."""
    named = CHOICES.get(one.name, {})
    return named or {choice: choice for choice in one.choices}


def submitting(links: Sequence[Link], own: str, present: str) -> dict[str, str]:
    """Of `receipts_of`: the links that a receiver of the name `own` may bring receipts of, and the one it has now."""
    others = [one for one in links if one.name != own and one.settings.get("bind_type") != "receiver"]
    titles = {one.name: f"{one.title} ({one.name})" if one.title else one.name for one in others}
    return CHOICES["receipts_of"] | ({present: present} if present else {}) | titles


def differing(values: Mapping[str, str], fields: Sequence[LinkField]) -> set[str]:
    """Names of settings that are not at their defaults."""
    usual = {one.name: written(one, one.default.get("value")) for one in fields if not one.required} | DEFAULTS
    return {name for name, value in usual.items() if values.get(name, "").replace("\r\n", "\n").strip() != value}
