"""Pages and documents go out compressed, and no secret can be guessed from their length."""

import gzip

import pytest

from tests.unit.gateway_api.conftest import World

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("path", ["/admin/advertisers", "/api/v1/openapi.json", "/help"])
def test_a_page_is_compressed_and_says_the_same(world: World, path: str) -> None:
    boss = world.signed_in("boss")
    packed, plain = boss.get(path, headers=GZIP), boss.get(path)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    assert "Content-Encoding" not in plain.headers
    assert all("Accept-Encoding" in one.headers["Vary"] for one in (packed, plain))
    unpacked = gzip.decompress(packed.data).decode()
    assert len(unpacked) == len(plain.text)


def test_a_short_answer_and_the_answer_to_many_messages_stay_plain(world: World) -> None:
    assert "Content-Encoding" not in world.api("GET", "/balance", headers=GZIP).headers
    recipients = [f"791200000{number:02d}" for number in range(50)]
    body = {"sender": "GOLUB", "text": "x", "recipients": recipients}
    response = world.api("POST", "/messages", json=body, headers=GZIP)
    assert (response.status_code, len(response.data) > 1_000) == (202, True)
    assert "Content-Encoding" not in response.headers
    assert world.api("GET", "/messages", headers=GZIP).headers["Content-Encoding"] == "gzip"


def test_the_token_of_a_form_looks_different_on_each_page_and_works_on_all(world: World) -> None:
    boss = world.signed_in("boss")
    first, second = boss.csrf_token("/admin/advertisers"), boss.csrf_token("/admin/advertisers")
    assert first != second
    assert boss.get("/admin/advertisers").text.count('name="csrf_token"') >= 1
    for token in (first, second):
        assert boss.post("/sign-out", data={"csrf_token": token[:-1]}).status_code == 403
    form = {"csrf_token": first, "login": "x"}
    assert boss.post("/admin/advertisers/new", data=form).status_code == 422
