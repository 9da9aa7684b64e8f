"""A scenario from a TOML file. docs/simulator.md lists every key; what is wrong with a file is said in one sentence."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from golub.simulator import dialects, ids
from golub.simulator.delays import Delay
from golub.simulator.fates import Fate, Rule
from golub.simulator.scenario import (
    AccountRules,
    IdRules,
    Incoming,
    LinkRules,
    Listen,
    ReceiptRules,
    Scenario,
    Storm,
)

#: Statuses may be written as the field's names; the rest by number.
STATUS_NAMES = {
    "throttled": 0x58,
    "queue_full": 0x14,
    "system_error": 0x08,
    "invalid_source": 0x0A,
    "invalid_destination": 0x0B,
    "submit_failed": 0x45,
}
_MAX_PASSWORD, _MAX_SYSTEM_ID = 8, 15
_MAX_NUMBER = 1e9


class ScenarioError(ValueError):
    """A sentence that says where in the scenario what is wrong."""


def read_file(path: Path) -> Scenario:
    """Raises ScenarioError for a file that can't be read or is no scenario."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"The scenario {path} can't be read: {error}.") from None
    scenario = read(text)
    listen = scenario.listen
    # Files beside the scenario are named from where it is.
    certificate, key = (one and path.parent / one for one in (listen.certificate, listen.key))
    return replace(scenario, listen=replace(listen, certificate=certificate, key=key))


def read(text: str, base: Scenario | None = None) -> Scenario:
    """The scenario in a TOML text; what it does not mention is as in `base`. Raises ScenarioError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"The scenario is no TOML: {error}.") from None
    return _scenario(_Table(document, ""), base or Scenario())


class _Table:
    """A table of the file: values are taken out by key, each with its check, and `done` tells what nobody asked for."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = dict(values)
        self._where = where

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def path(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key

    def number(self, key: str, default: float, *, least: float = 0, most: float = _MAX_NUMBER) -> float:
        value = self._values.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise ScenarioError(f"{self.path(key)} must be a number from {least:g} to {most:g}, not {value!r}.")
        return value

    def whole(self, key: str, default: int, *, least: int = 0, most: int = int(_MAX_NUMBER)) -> int:
        value = self.number(key, default, least=least, most=most)
        if not isinstance(value, int):
            raise ScenarioError(f"{self.path(key)} must be a whole number, not {value!r}.")
        return value

    def seconds(self, key: str, default: float) -> float:
        """From milliseconds."""
        return self.number(key, default * 1000) / 1000

    def share(self, key: str, default: float) -> float:
        return self.number(key, default, most=1)

    def yes(self, key: str, default: bool) -> bool:
        value = self._values.pop(key, default)
        if not isinstance(value, bool):
            raise ScenarioError(f"{self.path(key)} must be true or false, not {value!r}.")
        return value

    def text(self, key: str, default: str | None = None, *, most: int = 2_000) -> str:
        value = self._values.pop(key, default)
        if not isinstance(value, str) or len(value) > most:
            raise ScenarioError(f"{self.path(key)} must be a text of at most {most} characters.")
        return value

    def one_of(self, key: str, words: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in words:
            raise ScenarioError(f"{self.path(key)} must be one of {', '.join(words)}, not {value!r}.")
        return value

    def status(self, key: str, default: int) -> int:
        value = self._values.pop(key, default)
        if isinstance(value, str) and value in STATUS_NAMES:
            return STATUS_NAMES[value]
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 0xFFFFFFFF:
            names = ", ".join(STATUS_NAMES)
            raise ScenarioError(f"{self.path(key)} must be a command_status by number or one of {names}.")
        return value

    def delay(self, key: str, default: Delay) -> Delay:
        """Milliseconds: a number, { uniform = [from, to] } or { normal = [mean, deviation] }."""
        value = self._values.pop(key, None)
        if value is None:
            return default
        kind, values = "fixed", [value, 0]
        if isinstance(value, dict) and len(value) == 1:
            kind, values = next(iter(value.items()))
        if kind not in ("fixed", "uniform", "normal") or not isinstance(values, list):
            raise self._no_delay(key)
        if len(values) != 2 or any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in values):
            raise self._no_delay(key)
        low, high = values
        if not (0 <= low <= _MAX_NUMBER and 0 <= high <= _MAX_NUMBER) or (kind == "uniform" and low > high):
            raise self._no_delay(key)
        return Delay(kind, low / 1000, high / 1000)

    def _no_delay(self, key: str) -> ScenarioError:
        forms = "{ uniform = [from, to] } or { normal = [mean, deviation] }"
        return ScenarioError(f"{self.path(key)} must be milliseconds: a number, {forms}.")

    def table(self, key: str) -> "_Table":
        value = self._values.pop(key, {})
        if not isinstance(value, dict):
            raise ScenarioError(f"{self.path(key)} must be a table.")
        return _Table(value, self.path(key))

    def tables(self, key: str) -> list["_Table"]:
        value = self._values.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise ScenarioError(f"{self.path(key)} must be tables in double brackets.")
        return [_Table(one, f"{self.path(key)}[{number}]") for number, one in enumerate(value)]

    def done(self) -> None:
        if self._values:
            raise ScenarioError(f"{self.path(next(iter(self._values)))} is not a key of a scenario.")


def _scenario(table: _Table, base: Scenario) -> Scenario:
    scenario = Scenario(
        seed=table.whole("seed", base.seed),
        listen=_listen(table.table("listen"), base.listen),
        accounts=_many(table, "account", _account, base.accounts),
        response=table.delay("response", base.response),
        receipts=_receipts(table.table("receipts"), base.receipts),
        ids=_ids(table.table("ids"), base.ids),
        fates=_many(table, "fate", _rule, base.fates),
        storms=_many(table, "storm", _storm, base.storms),
        links=_links(table.table("links"), base.links),
        incoming=_many(table, "incoming", _incoming, base.incoming),
    )
    table.done()
    names = [account.system_id for account in scenario.accounts]
    if len(set(names)) < len(names):
        raise ScenarioError("account: two of them have the same system_id.")
    weights = [rule.weight for rule in scenario.fates if not rule.recipient]
    if weights and not sum(weights):
        raise ScenarioError("fate: at least one weight must be more than 0.")
    return scenario


def _many(table: _Table, key: str, make: Callable[[_Table], Any], base: tuple[Any, ...]) -> tuple[Any, ...]:
    if key not in table:
        return base
    made = []
    for one in table.tables(key):
        made.append(make(one))
        one.done()
    return tuple(made)


def _listen(table: _Table, base: Listen) -> Listen:
    listen = Listen(
        host=table.text("host", base.host),
        port=table.whole("port", base.port, most=65_535),
        control_port=table.whole("control_port", base.control_port, most=65_535),
        certificate=_path(table, "certificate", base.certificate),
        key=_path(table, "key", base.key),
    )
    table.done()
    if (listen.certificate is None) != (listen.key is None):
        raise ScenarioError("listen: TLS needs both certificate and key.")
    return listen


def _path(table: _Table, key: str, base: Path | None) -> Path | None:
    return Path(table.text(key)) if key in table else base


def _account(table: _Table) -> AccountRules:
    return AccountRules(
        system_id=table.text("system_id", most=_MAX_SYSTEM_ID),
        password=table.text("password", most=_MAX_PASSWORD),
        binds=table.whole("binds", 100, least=1),
        window=table.whole("window", 1_000, least=1),
        per_second=table.whole("per_second", 0),
        burst=table.whole("burst", 0),
    )


def _receipts(table: _Table, base: ReceiptRules) -> ReceiptRules:
    rules = ReceiptRules(
        delay=table.delay("delay", base.delay),
        slow=table.delay("slow", base.slow),
        form=table.one_of("format", dialects.FORMATS, base.form),
        dialect=table.one_of("dialect", (*dialects.ALL_DIALECTS, dialects.MIXED), base.dialect),
        early=table.share("early", base.early),
        unknown=table.share("unknown", base.unknown),
        duplicate=table.share("duplicate", base.duplicate),
    )
    table.done()
    return rules


def _ids(table: _Table, base: IdRules) -> IdRules:
    notations = (*ids.NOTATIONS, ids.UUID)
    rules = IdRules(
        submit=table.one_of("submit", notations, base.submit),
        receipt=table.one_of("receipt", (*notations, ids.SAME), base.receipt),
        bits=table.whole("bits", base.bits),
    )
    table.done()
    if rules.bits not in ids.WIDTHS:
        raise ScenarioError(f"ids.bits must be one of {', '.join(map(str, ids.WIDTHS))}.")
    if rules.receipt not in (ids.SAME, rules.submit) and ids.UUID in (rules.submit, rules.receipt):
        raise ScenarioError("ids: a uuid has no other notation; leave out ids.receipt.")
    return rules


def _rule(table: _Table) -> Rule:
    names = tuple(fate.name.lower() for fate in Fate)
    return Rule(
        fate=Fate[table.one_of("fate", names, "").upper()],
        recipient=table.text("recipient", ""),
        weight=table.number("weight", 1),
        times=table.whole("times", 0) if "times" in table else None,
        command_status=table.status("command_status", 0),
        receipt_delay=table.delay("receipt_delay", Delay()) if "receipt_delay" in table else None,
    )


def _storm(table: _Table) -> Storm:
    return Storm(
        start=table.seconds("start", 0),
        lasts=table.seconds("lasts", 1),
        every=table.seconds("every", 0),
        share=table.share("share", 1),
        command_status=table.status("command_status", STATUS_NAMES["throttled"]),
    )


def _links(table: _Table, base: LinkRules) -> LinkRules:
    rules = LinkRules(
        drop_mean=table.seconds("drop_mean", base.drop_mean),
        answer_enquire=table.yes("answer_enquire_link", base.answer_enquire),
        enquire=table.seconds("enquire_link", base.enquire),
    )
    table.done()
    return rules


def _incoming(table: _Table) -> Incoming:
    return Incoming(
        source=table.text("source", most=20),
        destination=table.text("destination", most=20),
        text=table.text("text"),
        system_id=table.text("system_id", "", most=_MAX_SYSTEM_ID),
        after=table.seconds("after", 0),
        every=table.seconds("every", 1),
        count=table.whole("count", 1, least=1),
    )


def incoming_of(values: Mapping[str, Any]) -> Incoming:
    """One incoming SMS from values as in a file. Raises ScenarioError."""
    table = _Table(values, "")
    made = _incoming(table)
    table.done()
    return made
