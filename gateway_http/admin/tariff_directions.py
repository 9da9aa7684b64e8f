"""«Направление»: an operator or a whole country, as people pick, type and read it."""

import re
from functools import cached_property

from contracts.tariffs import Direction
from gateway_http.i18n import country_name
from gateway_http.state import clients

#: «Beeline MCC=250 MNC=99», «MCC=250 MNC=», and the bare codes: `250 99`, `250-99`, `250`.
_NAMED = re.compile(r"(?:.*\s)?MCC\s*=\s*(?P<mcc>[0-9]{3})(?:[\s,;]+MNC\s*=\s*(?P<mnc>[0-9]{2,3})?)?", re.IGNORECASE)
_BARE = re.compile(r"(?P<mcc>[0-9]{3})(?:[\s/;-]+(?P<mnc>[0-9]{2,3}))?")

#: Longer than any direction that is written.
LONGEST = 300


class Directions:
    """`names`: «250-99» → the operator's name, «250-» → the country's in the reader's language."""

    def __init__(self, known: list[Direction]) -> None:
        self.names: dict[str, str] = {}
        for one in known:
            name = one.name if one.mnc else country_name(one.country) or one.name
            # Networks without an MNC are priced by their country's rows and give it no name.
            if one.mnc or one.country or f"{one.mcc}-" not in self.names:
                self.names[f"{one.mcc}-{one.mnc}"] = name

    def label(self, mcc: str, mnc: str) -> str:
        name = self.names.get(f"{mcc}-{mnc}", "")
        codes = f"MCC={mcc} MNC={mnc}" if mnc else f"MCC={mcc}"
        return f"{name} {codes}".strip()

    def options(self) -> list[str]:
        """What a field offers: countries first, each followed by its operators."""
        return [self.label(*key.split("-")) for key in sorted(self.names) if key[:3].isdigit()]

    def parse(self, written: str) -> tuple[str, str] | None:
        """(MCC, MNC) of what was picked or typed; None where it names nothing, or more than one."""
        text = written.strip()
        if len(text) > LONGEST:
            return None
        match = _NAMED.fullmatch(text) or _BARE.fullmatch(text)
        if match:
            return match["mcc"], match["mnc"] or ""
        found = self._keys.get(text.casefold(), [])
        if not text or len(found) != 1:
            return None
        mcc, mnc = found[0].split("-")
        return mcc, mnc

    @cached_property
    def _keys(self) -> dict[str, list[str]]:
        """Name in small letters → whom it names; a file asks for thousands of names among thousands."""
        found: dict[str, list[str]] = {}
        for key, name in self.names.items():
            found.setdefault(name.casefold(), []).append(key)
        return found


def directions() -> Directions:
    return Directions(clients().tariffs.directions())
