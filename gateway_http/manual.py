"""The manual: its sections, who reads which of them, and the headings of one.

A section is a text in Russian, `templates/manual/<slug>.html`; its title is in the catalogue like any other label.
"""

import re
from dataclasses import dataclass

from gateway_http.access import ADVERTISER, MANAGER, OPERATOR, PARTNER
from gateway_http.i18n import N_

PANEL = frozenset({OPERATOR, PARTNER, MANAGER})
EVERYBODY = PANEL | {ADVERTISER}
_HEADING = re.compile(r'<h2 id="([a-z0-9-]+)">([^<]+)</h2>')


@dataclass(frozen=True, slots=True)
class Section:
    slug: str
    title: str
    readers: frozenset[str]

    @property
    def template(self) -> str:
        return f"manual/{self.slug}.html"


SECTIONS = (
    Section("access", N_("Access, domains and signing in"), PANEL),
    Section("branding", N_("Looks, requisites and managers"), PANEL),
    Section("letters", N_("Letters and notices"), PANEL),
    Section("advertisers", N_("Advertisers"), PANEL),
    Section("tariffs", N_("Tariffs"), PANEL),
    Section("packages", N_("Packages and invoices"), PANEL),
    Section("moderation", N_("Moderation of sender names and texts"), PANEL),
    Section("balance", N_("The partner's own balance"), PANEL),
    Section("statistics", N_("Statistics and the journal"), PANEL),
    Section("cabinet", N_("The advertiser's cabinet"), EVERYBODY),
    Section("technical", N_("For technical specialists"), EVERYBODY),
)


def sections_for(role: str) -> list[Section]:
    return [section for section in SECTIONS if role in section.readers]


def section_for(role: str, slug: str) -> Section | None:
    """None where there is no such section and where it is not for this role: nobody can tell one from the other."""
    return next((section for section in sections_for(role) if section.slug == slug), None)


def headings(text: str) -> list[tuple[str, str]]:
    """(anchor, heading) of each part of a section."""
    return _HEADING.findall(text)
