"""«Дополнительные настройки» and the contract in the cabinet, with plausible contents."""

from dataclasses import replace
from typing import Any

from contracts.accounts_branding import EMAIL_AUTHORISATIONS, Branding, ContractStanding
from contracts.accounts_files import StoredFile
from tests.unit.gateway_http.samples import MOMENT, common, uuid
from tests.unit.gateway_http.samples_finances import DOT

FILE = StoredFile(
    id=uuid(71), purpose="contract", name="Договор №1.pdf", media_type="application/pdf", octets=1000, digest="ab" * 32,
    width=0, height=0, created_at=MOMENT,
)  # fmt: skip
LOOKS = Branding(
    name="Голубь СМС", accent_colour="f66d19", pressed_colour="e5b030", logo_address="", logo=replace(FILE, purpose="logo"),
    contract_required=True, contract_url="https://example.ru/contract.pdf", contract=FILE, email_auth="PLAIN", version=3,
    author="irina", changed_at=MOMENT,
)  # fmt: skip
STANDING = ContractStanding(
    required=True, signed=False, marked=True, author="irina", changed_at=MOMENT, url=LOOKS.contract_url, file=FILE
)
NEW = replace(LOOKS, logo=None, contract=None, version=0, author="", changed_at=None)


def _page(stored: Branding = LOOKS, **changes: Any) -> dict[str, Any]:
    form = {name: str(getattr(stored, name)) for name in ("name", "accent_colour", "pressed_colour", "version")}
    form |= {"logo_file": uuid(72) if stored.logo else "", "contract_file": uuid(71) if stored.contract else ""}
    base = {"stored": stored, "form": form, "errors": {}, "first": None, "logo_src": DOT if stored.logo else ""}
    ways = {"authorisations": [(one, one) for one in EMAIL_AUTHORISATIONS], "new_contract": False}
    return {**common(), **base, **ways, "defaults": {"accent_colour": "f66d19", "pressed_colour": "e5b030"}, **changes}


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Name → (template, address it is shown under, context)."""
    wrong = {"accent_colour": "Не цвет", "logo": "Не картинка", "name": "Заполните"}
    shop, settings = common("advertiser"), "settings/branding.html"
    standings = {
        "asked": STANDING,
        "bare": replace(STANDING, url="", file=None),
        "signed": replace(STANDING, signed=True),
        "free": replace(STANDING, required=False),
    }
    rows = [
        ("saved", settings, _page()),
        ("new", settings, _page(NEW)),
        ("wrong", settings, _page(errors=wrong, new_contract=True)),
        ("meanwhile", settings, _page(errors={"form": "Изменено"}, first=("oleg", MOMENT))),
        *((name, "cabinet/contract.html", {**shop, "standing": one}) for name, one in standings.items()),
    ]
    return {f"branding-{name}": (template, "/nowhere", context) for name, template, context in rows}
