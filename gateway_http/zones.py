"""The time zones that a form offers."""

from zoneinfo import available_timezones

from gateway_http.access import partner_id, tenant
from gateway_http.state import clients

OFFERED = [
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Krasnoyarsk",
    "Asia/Novosibirsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
    "Europe/Minsk",
    "Asia/Almaty",
    "Asia/Tashkent",
    "UTC",
]


def is_known(name: str) -> bool:
    return name in available_timezones()


def offered() -> tuple[list[str], str]:
    """(the zones that this partner offers its advertisers, the one that is chosen first)."""
    stored = clients().accounts.zone_settings(partner_id())
    if stored.offered:
        return stored.offered, stored.default_zone
    return OFFERED, tenant().zone
