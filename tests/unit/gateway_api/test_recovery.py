"""«Забыли пароль?»: always the same answer, and a link that works where it was asked for."""

import pytest

from tests.unit.gateway_api.conftest import HOST, OTHER_HOST, PLATFORM_HOST, World

ASK, LINK = "/recovery", "/recovery/tok-en"
NEW = "a new long password"


def test_the_answer_is_the_same_for_whoever_is_there_and_who_is_not(world: World) -> None:
    answers = set()
    for wanted in ("shop", "nobody", "a@b.ru", "<b>"):
        client = world.http()
        response = client.submit(ASK, wanted=wanted)
        shown = client.get(response.location).text
        assert "Если такой логин или e-mail есть" in shown and "Забыли пароль?" in shown
        answers.add((response.status_code, response.location, len(shown)))
    assert len(answers) == 1
    assert [host for host, _ in world.platform.accounts.asked] == [HOST] * 4


@pytest.mark.parametrize("wanted", ["", "x" * 255])
def test_what_can_not_be_a_login_is_told_at_the_field(world: World, wanted: str) -> None:
    response = world.http().submit(ASK, wanted=wanted)
    assert response.status_code == 422 and 'id="f-wanted-error"' in response.text
    assert world.platform.accounts.asked == []


def test_too_many_requests_are_told_to_wait(world: World) -> None:
    world.platform.accounts.tired = True
    assert world.http().submit(ASK, wanted="shop").status_code == 429


def test_another_sites_form_asks_for_nothing(world: World) -> None:
    assert world.http().post(ASK, data={"wanted": "shop"}).status_code == 403
    assert world.platform.accounts.asked == []


def test_a_link_sets_the_password_once(world: World) -> None:
    world.platform.accounts.links[HOST, "tok-en"] = "shop"
    client = world.http()
    page = client.get(LINK)
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store" and "shop" in page.text
    for given in ({"password": "short", "again": "short"}, {"password": NEW, "again": "x"}, {"password": ""}):
        wrong = client.submit(LINK, **given)
        assert wrong.status_code == 422 and NEW not in wrong.text
    done = client.submit(LINK, password=NEW, again=NEW)
    assert (done.status_code, done.location) == (303, "/sign-in")
    assert world.platform.accounts.recovered == {"shop": NEW}
    assert client.get(LINK).status_code == 404


def test_a_link_of_another_host_or_none_is_ended(world: World) -> None:
    world.platform.accounts.links[HOST, "tok-en"] = "shop"
    for host, path in ((OTHER_HOST, LINK), (HOST, "/recovery/" + "x" * 200), (HOST, "/recovery/%00")):
        page = world.http(host).get(path)
        assert page.status_code == 404 and "Ссылка больше не работает" in page.text
    token = world.http(OTHER_HOST)
    given = {"csrf_token": token.csrf_token(ASK), "password": NEW, "again": NEW}
    assert token.post(LINK, data=given).status_code == 404
    assert world.platform.accounts.recovered == {}


def test_the_operator_has_no_recovery(world: World) -> None:
    client = world.http(PLATFORM_HOST)
    assert "Забыли пароль?" not in client.get("/sign-in").text
    assert client.get(ASK).status_code == client.get(LINK).status_code == 404


def test_a_new_advertiser_can_be_sent_its_sign_in_data(world: World) -> None:
    boss = world.signed_in("boss")
    page = "/admin/advertisers/new"
    assert 'name="send_letter"' in boss.get(page).text
