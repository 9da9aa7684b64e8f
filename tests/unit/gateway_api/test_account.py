"""One's own account, the second step at sign-in, and the partner's managers."""

import re
from io import BytesIO

import pytest
from PIL import Image

from contracts.accounts_people import ManagerCard
from gateway_http.photos import redrawn
from tests.unit.gateway_api.conftest import HOST, PASSWORD, PLATFORM_HOST, HostClient, World
from tests.unit.gateway_api.fakes_people import CODE, SECRET

MANAGERS = "/admin/settings/managers"
NEW = f"{MANAGERS}/new"
FILLED = {"login": "anna", "name": "Анна", "password": "a good password", "rights": "clients"}


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def user_id(world: World, login: str = "boss", host: str = HOST) -> str:
    return world.platform.accounts.people[host, login][1].user_id


# Sign-in


@pytest.mark.parametrize(("login", "host"), [("boss", HOST), ("root", PLATFORM_HOST)])
def test_between_the_steps_no_page_opens(world: World, login: str, host: str) -> None:
    world.platform.accounts.factors[user_id(world, login, host)] = True
    client = world.http(host)
    first = client.submit("/sign-in", login=login, password=PASSWORD, next="/account?x=1")
    assert (first.status_code, first.location) == (303, "/sign-in/code?next=/account?x%3D1")
    half = client.get_cookie("golub_step", domain=host)
    assert half is not None and client.get_cookie("golub_session", domain=host) is None
    for path in ("/account", "/admin/advertisers", "/platform", "/cabinet/messages", "/help"):
        assert client.get(path).status_code == 303, path
    client.set_cookie("golub_session", half.value, domain=host)
    assert "/sign-in" in client.get("/account").location
    client.delete_cookie("golub_session", domain=host)
    wrong = client.submit("/sign-in/code", code="000000", next="/account?x=1")
    assert wrong.status_code == 422 and "Код неверен" in wrong.text
    done = client.submit("/sign-in/code", code=CODE, next="/account?x=1")
    assert (done.status_code, done.location) == (303, "/account?x=1")
    assert client.get("/account").status_code == 200
    assert client.get_cookie("golub_step", domain=host) is None


def test_a_half_finished_sign_in_that_ended_begins_anew(world: World) -> None:
    world.platform.accounts.factors[user_id(world)] = True
    client = world.http()
    assert client.get("/sign-in/code").status_code == 303
    client.sign_in("boss")
    token = client.csrf_token("/sign-in/code")
    world.platform.accounts.half.clear()
    again = client.post("/sign-in/code", data={"csrf_token": token, "code": CODE})
    assert (again.status_code, again.location) == (303, "/sign-in")


def test_the_address_after_the_second_step_leads_nowhere_else(world: World) -> None:
    world.platform.accounts.factors[user_id(world)] = True
    client = world.http()
    client.sign_in("boss")
    done = client.submit("/sign-in/code", code=CODE, next="//evil.example")
    assert done.location == "/admin/advertisers"


def test_where_it_is_asked_of_everybody_it_is_set_up_first(world: World) -> None:
    world.platform.accounts.required.add(world.partner_id)
    client = world.http()
    assert client.sign_in("boss").location == "/sign-in/setup"
    page = client.get("/sign-in/setup")
    assert SECRET in page.text and "data:image/svg+xml" in page.text
    assert client.submit("/sign-in/setup", code="000000").status_code == 422
    done = client.submit("/sign-in/setup", code=CODE)
    assert done.status_code == 200 and "ABCD-EFGH-IJKL-MNOA" in done.text
    assert done.headers["Cache-Control"] == "no-store"
    assert client.get("/admin/advertisers").status_code == 200


# One's own account


@pytest.mark.parametrize("login", ["boss", "shop"])
def test_people_change_their_own_password_with_the_old_one(world: World, login: str) -> None:
    client = world.signed_in(login)
    good = {"old_password": PASSWORD, "new_password": "another one", "new_password_again": "another one"}
    for changes, said in (
        ({"old_password": "wrong one"}, "Это не ваш пароль"),
        ({"new_password_again": "yet another"}, "Новые пароли не совпадают"),
        ({"new_password": "short", "new_password_again": "short"}, "8 символов"),
        ({"new_password": ""}, "Заполните это поле"),
    ):
        refused = client.submit("/account", "/account/password", **good | changes)
        assert refused.status_code == 422, said
        assert said in refused.text
        assert "wrong one" not in refused.text and "yet another" not in refused.text
    assert client.submit("/account", "/account/password", **good).status_code == 303
    assert world.http().sign_in(login, "another one").status_code == 303


def test_people_end_their_other_sessions(world: World, boss: HostClient) -> None:
    page = boss.get("/account").text
    (session_id,) = re.findall(r'name="session_id" value="([0-9a-f-]+)"', page)
    assert boss.submit("/account", "/account/sessions/end", session_id=session_id).status_code == 303
    assert world.platform.accounts.signed_out == [session_id]
    assert boss.submit("/account", "/account/sessions/end-others").status_code == 303


def test_the_second_step_is_switched_on_by_a_code_and_off_by_password_and_code(world: World, boss: HostClient) -> None:
    step = "/account/second-step"
    assert boss.submit(step, password="wrong one").status_code == 422
    assert boss.submit(step, password=PASSWORD).status_code == 303
    assert SECRET in boss.get(step).text
    assert boss.submit(step, f"{step}/confirm", code="000000").status_code == 422
    on = boss.submit(step, f"{step}/confirm", code=CODE)
    assert on.status_code == 200 and "ABCD-EFGH-IJKL-MNOA" in on.text
    assert SECRET not in boss.get(step).text
    assert boss.submit(step, f"{step}/off", password=PASSWORD, code="000000").status_code == 422
    assert boss.submit(step, f"{step}/off", password="wrong one", code=CODE).status_code == 422
    assert boss.submit(step, f"{step}/off", password=PASSWORD, code=CODE).status_code == 303
    assert world.platform.accounts.factors == {}


# Managers


def add(boss: HostClient, **changes: str) -> str:
    response = boss.submit(NEW, **FILLED | changes)
    assert response.status_code == 303, response.text
    return response.location


def picture(kind: str, size: tuple[int, int]) -> bytes:
    kept = BytesIO()
    Image.new("RGB", size, "red").save(kept, kind)
    return kept.getvalue()


def test_a_manager_is_filled_in_with_every_field_and_shown(world: World, boss: HostClient) -> None:
    form = {
        **FILLED,
        "phone": "+79161234567",
        "email": "anna@example.ru",
        "working_days": "Пн–Пт",
        "working_hours": "9–18",
        "icq": "123",
        "skype": "anna",
        "notice_phone": "+79161234568",
        "notice_email": "n@example.ru",
        "sms_on_sender": "1",
        "sms_on_user": "1",
        "email_on_sender": "1",
        "email_on_user": "1",
    }
    token = boss.csrf_token(NEW)
    given = {**form, "csrf_token": token, "rights": ["clients", "traffic_scheme"]}
    given["photo"] = (BytesIO(picture("JPEG", (500, 400))), "me.jpg")
    made = boss.post(NEW, data=given, content_type="multipart/form-data")
    assert made.status_code == 303
    ((_, kept),) = world.platform.accounts.staff.values()
    told = {name: getattr(kept, name) for name in form if name not in ("password", "rights")}
    assert told == {name: value == "1" or value for name, value in form.items() if name in told}
    assert kept.rights == ["clients", "traffic_scheme"] and kept.photo.startswith("iVBOR")
    page = boss.get(made.location).text
    for label in (
        "Рабочие дни",
        "Время работы",
        "Фотография (34X33)",
        "Телефон для уведомлений",
        "ICQ",
        "SKYPE",
        "Имя",
    ):
        assert f">{label}<" in page, label
    for label in ("Отправлять SMS при добавлении отправителя", "Отправлять SMS при регистрации пользователя"):
        assert label in page
    for label in ("E-mail для уведомлений", "Отправлять E-mail при добавлении отправителя", "Доступ к смене партнера"):
        assert label in page
    assert "Отправлять E-mail при регистрации пользователя" in page and "Доступ к схеме трафика" in page
    assert "Анна" in boss.get(MANAGERS).text


@pytest.mark.parametrize(
    "data",
    [
        b"no picture at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture("GIF", (34, 33)),
        picture("PNG", (4001, 1)),
        picture("PNG", (50, 50))[:60],
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\x00\x00\x00",
    ],
    ids=["text", "svg", "gif", "wide", "cut", "bomb"],
)
def test_what_is_no_photograph_is_refused_at_its_field(world: World, boss: HostClient, data: bytes) -> None:
    assert redrawn(data) is None
    given = {**FILLED, "csrf_token": boss.csrf_token(NEW), "photo": (BytesIO(data), "me.png")}
    refused = boss.post(NEW, data=given, content_type="multipart/form-data")
    assert refused.status_code == 422 and 'id="f-photo-error"' in refused.text
    assert world.platform.accounts.staff == {}


@pytest.mark.parametrize(("kind", "size"), [("PNG", (34, 33)), ("JPEG", (3000, 40)), ("WEBP", (5, 5))])
def test_a_photograph_becomes_a_png_of_34_by_33(kind: str, size: tuple[int, int]) -> None:
    drawn = redrawn(picture(kind, size))
    assert drawn is not None
    with Image.open(BytesIO(drawn)) as found:
        assert (found.format, found.size) == ("PNG", (34, 33))


def test_a_wrong_form_keeps_what_was_typed_but_the_password(world: World, boss: HostClient) -> None:
    refused = boss.submit(NEW, **FILLED | {"password": "short", "name": "<script>x</script>"})
    assert refused.status_code == 422
    assert "&lt;script&gt;x&lt;/script&gt;" in refused.text and 'value="short"' not in refused.text
    assert 'value="clients" checked' in refused.text


def test_the_second_of_two_who_change_a_manager_is_told_who_was_first(world: World, boss: HostClient) -> None:
    page = add(boss)
    stale = boss.csrf_token(page)
    changed = {name: value for name, value in FILLED.items() if name != "password"} | {"version": "1"}
    assert boss.submit(page, **changed | {"name": "Первая"}).status_code == 303
    late = boss.post(page, data={"csrf_token": stale, **changed, "name": "Вторая"})
    assert late.status_code == 422 and "Вторая" in late.text and "boss" in late.text
    ((_, kept),) = world.platform.accounts.staff.values()
    assert (kept.name, kept.version) == ("Первая", 2)


def test_a_manager_is_blocked_given_a_password_signed_out_reset_and_deleted(world: World, boss: HostClient) -> None:
    page = add(boss)
    accounts = world.platform.accounts
    assert boss.submit(page, f"{page}/state", state="blocked").status_code == 303
    assert [one.state for _, one in accounts.staff.values()] == ["blocked"]
    assert boss.submit(page, f"{page}/password", password="short").status_code == 422
    assert boss.submit(page, f"{page}/password", password="another one").status_code == 303
    assert boss.submit(page, f"{page}/sessions/end").status_code == 303
    assert boss.submit(page, f"{page}/second-step/reset").status_code == 303
    assert boss.submit(page, f"{page}/delete").status_code == 303
    assert accounts.staff == {} and len(accounts.signed_out) == 3


def test_only_the_partner_itself_asks_all_for_the_second_step(world: World, boss: HostClient) -> None:
    assert boss.submit(MANAGERS, f"{MANAGERS}/second-step", required="1").status_code == 303
    world.platform.accounts.required.clear()
    manager = world.manager("settings")
    world.platform.accounts.required.add(world.partner_id)
    assert manager.submit(MANAGERS + "/new", f"{MANAGERS}/second-step", required="0").status_code == 403
    assert world.platform.accounts.required == {world.partner_id}


def test_managers_are_for_those_with_the_right_to_the_settings(world: World) -> None:
    assert world.manager("settings").get(MANAGERS).status_code == 200
    assert world.manager("clients", "money").get(MANAGERS).status_code == 403


def test_an_advertiser_sees_its_managers_card(world: World) -> None:
    shop = world.signed_in("shop")
    assert "manager-card" not in shop.get("/cabinet/messages").text
    card = ManagerCard(
        name="Анна <b>",
        phone="+79161234567",
        email="a@example.ru",
        working_days="Пн–Пт",
        working_hours="9–18",
        photo="",
    )
    other = world.add_advertiser("second")
    world.platform.accounts.cards[other] = card
    page = world.signed_in("second").get("/cabinet/messages").text
    assert "manager-card" in page and "Анна &lt;b&gt;" in page and "Пн–Пт, 9–18" in page
    assert "manager-card" not in world.signed_in("boss").get("/admin/advertisers").text


def test_the_partner_signs_an_advertiser_out(world: World, boss: HostClient) -> None:
    page = f"/admin/advertisers/{world.advertiser_id}"
    assert boss.submit(f"{page}/enter", f"{page}/sessions/end").status_code == 303
    assert world.platform.accounts.signed_out == [world.advertiser_id]


def test_the_operator_resets_the_second_step_of_a_partner(world: World) -> None:
    root = world.signed_in("root", PLATFORM_HOST)
    page = f"/platform/partners/{world.partner_id}/sign-in"
    assert root.submit(page).status_code == 303
    assert world.platform.accounts.signed_out == [world.partner_id]
    assert root.get(f"/platform/partners/{world.advertiser_id}/sign-in").status_code == 404
