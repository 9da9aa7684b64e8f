"""Pages of managers, of one's own account, of the second step and of visits in cabinets."""

from typing import Any

from contracts.accounts_own import CabinetVisit, Factor, PendingFactor, SessionView
from contracts.accounts_people import Manager, ManagerCard
from contracts.accounts_rights import RIGHTS
from tests.unit.gateway_http import samples

MOMENT, LATER = "2026-11-22T09:15:00Z", "2026-11-22T09:45:00Z"
LONG = "<script>alert(1)</script>" + "ы" * 120
PHOTO = "data:image/png;base64,iVBORw0KGgo="
MANAGER = Manager(
    id="01900000-0000-7000-8000-00000000aaaa",
    login="anna",
    name="Анна",
    phone="+79161234567",
    email="anna@example.ru",
    working_days="Пн–Пт",
    working_hours="9:00–18:00",
    icq="",
    skype="",
    photo="iVBORw0KGgo=",
    notice_phone="",
    sms_on_sender=True,
    sms_on_user=False,
    notice_email="",
    email_on_sender=False,
    email_on_user=True,
    rights=["clients", "enter"],
    state="active",
    version=3,
    created_at=MOMENT,
    changed_at=MOMENT,
    changed_by="boss",
    last_sign_in_at=MOMENT,
    second_factor=True,
)
VISIT = CabinetVisit(
    id="01900000-0000-7000-8000-00000000bbbb",
    partner_id="01900000-0000-7000-8000-00000000cccc",
    advertiser_id="01900000-0000-7000-8000-00000000dddd",
    login="romashka",
    actor_id=MANAGER.id,
    actor_login="anna",
    actor_name="Анна",
    reason=LONG,
    started_at=MOMENT,
    expires_at=LATER,
    ended_at=None,
)
SESSION = SessionView(
    id=VISIT.id,
    address="192.0.2.1",
    user_agent="Mozilla/5.0 " + "x" * 200,
    created_at=MOMENT,
    last_seen_at=MOMENT,
    expires_at=LATER,
    current=True,
)
OTHER = SessionView(
    id=MANAGER.id,
    address="2001:db8::1",
    user_agent="",
    created_at=MOMENT,
    last_seen_at=MOMENT,
    expires_at=LATER,
    current=False,
)
ON = Factor(offered=True, on=True, since=MOMENT, codes_left=9, required=False)
OFF = Factor(offered=True, on=False, since=None, codes_left=0, required=False)
PENDING = PendingFactor(secret="JBSWY3DPEHPK3PXP", uri="otpauth://totp/Golub:boss?secret=JBSWY3DPEHPK3PXP")
CARD = ManagerCard(
    name="Анна",
    phone="+79161234567",
    email="anna@example.ru",
    working_days="Пн–Пт",
    working_hours="",
    photo="iVBORw0KGgo=",
)
CODES = ["ABCD-EFGH-IJKL-MNOP", "BBCD-EFGH-IJKL-MNOP"]
Page = tuple[str, str, dict[str, Any]]


def _manager(**changes: Any) -> dict[str, Any]:
    form = {"login": "anna", "name": LONG, "rights": ["clients"]}
    own = {"manager": MANAGER, "form": form, "errors": {}, "password_errors": {}, "rights": list(RIGHTS.items())}
    return {**samples.common("partner"), **own, "photo": PHOTO, **changes}


def _home(role: str, **changes: Any) -> dict[str, Any]:
    return {**samples.common(role), "sessions": [SESSION, OTHER], "factor": ON, "visits": None, "errors": {}, **changes}


def _factor(**changes: Any) -> dict[str, Any]:
    return {**samples.common("operator"), "factor": OFF, "pending": None, "picture": "", "errors": {}, **changes}


def pages() -> dict[str, Page]:
    wrong = {"code": "Код неверен"}
    list_of = {"data_url": lambda photo: PHOTO if photo else ""}
    return {
        "managers": (
            "settings/managers.html",
            "/admin/settings/managers",
            {**samples.common("partner"), **list_of, "managers": [MANAGER], "required": True},
        ),
        "managers-empty": (
            "settings/managers.html",
            "/admin/settings/managers",
            {**samples.common("partner"), **list_of, "managers": [], "required": False},
        ),
        "manager": ("settings/manager.html", f"/admin/settings/managers/{MANAGER.id}", _manager()),
        "manager-new": (
            "settings/manager.html",
            "/admin/settings/managers/new",
            _manager(manager=None, photo="", errors={"photo": "Плохо", "login": "Занят"}),
        ),
        "manager-password": (
            "settings/manager.html",
            f"/admin/settings/managers/{MANAGER.id}",
            _manager(password_errors={"password": "Короткий"}),
        ),
        "account": ("account/home.html", "/account", _home("partner")),
        "account-advertiser": (
            "account/home.html",
            "/account",
            _home("advertiser", factor=OFF, visits=[VISIT], manager_card=CARD),
        ),
        "account-wrong": (
            "account/home.html",
            "/account",
            _home("advertiser", visits=[], errors={"old_password": "Это не ваш пароль"}),
        ),
        "factor-off": ("account/factor.html", "/account/second-step", _factor()),
        "factor-pending": (
            "account/factor.html",
            "/account/second-step",
            _factor(pending=PENDING, picture=PHOTO, errors=wrong),
        ),
        "factor-on": ("account/factor.html", "/account/second-step", _factor(factor=ON)),
        "factor-codes": (
            "account/codes.html",
            "/account/second-step/confirm",
            {**samples.common("partner"), "codes": CODES},
        ),
        "sign-in-code": (
            "auth/second_step.html",
            "/sign-in/code",
            {"brand": samples.common()["brand"], "errors": wrong, "next": ""},
        ),
        "sign-in-setup": (
            "auth/first_factor.html",
            "/sign-in/setup",
            {
                "brand": samples.common()["brand"],
                "pending": PENDING,
                "picture": PHOTO,
                "errors": wrong,
                "next": "/admin",
            },
        ),
        "sign-in-codes": (
            "auth/codes.html",
            "/sign-in/setup",
            {"brand": samples.common()["brand"], "codes": CODES, "next_address": "/admin"},
        ),
        "partner-sign-in": (
            "platform/partner_sign_in.html",
            f"/platform/partners/{samples.PARTNER}/sign-in",
            {
                **samples.common("operator"),
                "partner": samples.partners()[0],
                "partner_balance": samples.balance(samples.PARTNER, 1),
                "required": True,
            },
        ),
        "enter": (
            "advertisers/enter.html",
            f"/admin/advertisers/{VISIT.advertiser_id}/enter",
            {
                **samples.advertiser_page(),
                "visits": [VISIT],
                "form": {"reason": LONG},
                "errors": {"password": "Это не ваш пароль"},
            },
        ),
        "enter-empty": (
            "advertisers/enter.html",
            f"/admin/advertisers/{VISIT.advertiser_id}/enter",
            {**samples.advertiser_page(), "visits": [], "form": {}, "errors": {}},
        ),
    }
