"""The form of «Дополнительные настройки»: what was typed, as the change that it asks for."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from contracts.accounts_branding import Branding, BrandingChange
from contracts.accounts_files import CONTRACT, LOGO
from contracts.errors import Conflict, Malformed
from gateway_http import theme
from gateway_http.admin.branding_uploads import UploadError, chosen_logo, uploaded
from gateway_http.forms import Form
from gateway_http.sentences import told

LONGEST_NAME = 100
LONGEST_URL = 500
COLOURS = ("accent_colour", "pressed_colour")


class BrandingForm(Form):
    """File fields are called `logo` and `contract`; `logo_file` and `contract_file` are the ids of what was chosen."""

    def __init__(self, given: Mapping[str, str]) -> None:
        # A file is no field of text: its name is given, so that what is said of it finds its place.
        super().__init__({LOGO: "", CONTRACT: "", **given})
        self.first: tuple[str, str] | None = None

    def change(self, stored: Branding, files: Any) -> BrandingChange:
        colours = {name: self._colour(name) for name in COLOURS}
        logo_address = self.text("logo_address", longest=LONGEST_URL)
        made = BrandingChange(
            version=self.whole("version", 0, 2**31 - 1),
            name=self.text("name", required=True, longest=LONGEST_NAME),
            logo_address=logo_address,
            logo_file="",
            contract_required=self.checked("contract_required"),
            contract_url=self.text("contract_url", longest=LONGEST_URL),
            contract_file="",
            email_auth=self.text("email_auth"),
            **colours,
        )
        # Files last: what is wrong with the rest costs nobody the fetching of a picture.
        self._choose(made, stored, files)
        return made

    def take_branding(self, error: Conflict | Malformed) -> None:
        """Put what was refused at its field; `first` is who saved before where two edited at once."""
        problems = error.data.get("errors") or ()
        if any(one.get("code") == "changed_meanwhile" for one in problems):
            self.first = (str(error.data.get("author", "")), str(error.data.get("changed_at", "")))
        for problem in problems:
            problem["pointer"] = str(problem.get("pointer", "")).removesuffix("_file")
        self.take(error)
        if self.first:
            self.errors["form"] = self.errors.pop("version", told(error.detail))

    def _colour(self, name: str) -> str:
        written = self.text(name, required=True, longest=20)
        problem = colour_problem(written) if name not in self.errors else ""
        if problem:
            self.errors[name] = problem
        return written.removeprefix("#").lower()

    def _choose(self, made: BrandingChange, stored: Branding, files: Any) -> None:
        """The ids of the files that the form asks for; they stay in the form, so that no file is sent twice."""
        try:
            made.contract_file = uploaded(self, CONTRACT, files.get(CONTRACT))
        except UploadError as error:
            self.errors[CONTRACT] = str(error)
        except (Conflict, Malformed) as error:
            self.take_branding(error)
        try:
            made.logo_address, made.logo_file = chosen_logo(self, stored, files.get(LOGO), made.logo_address)
        except UploadError as error:
            self.errors[error.field or LOGO] = str(error)
        except (Conflict, Malformed) as error:
            self.take_branding(error)
        self.values |= {"logo_address": made.logo_address} if LOGO not in self.errors else {}


def colour_problem(written: str) -> str:
    """A sentence on a colour that can't be a button's, with one that can; empty where it can."""
    try:
        visible = theme.is_visible(written)
    except ValueError:
        return gettext("A colour is six hexadecimal digits, such as f66d19")
    if visible:
        return ""
    near = theme.visible_near(written).removeprefix("#")
    return gettext("A button of this colour can't be told from the page: take %(colour)s, for example", colour=near)


def shown_values(stored: Branding) -> dict[str, str]:
    """What is stored as the form writes it."""
    return {
        "version": str(stored.version),
        "name": stored.name,
        "accent_colour": stored.accent_colour,
        "pressed_colour": stored.pressed_colour,
        "logo_address": stored.logo_address,
        "logo_file": stored.logo.id if stored.logo else "",
        "contract_required": "1" if stored.contract_required else "",
        "contract_url": stored.contract_url,
        "contract_file": stored.contract.id if stored.contract else "",
        "email_auth": stored.email_auth,
    }
