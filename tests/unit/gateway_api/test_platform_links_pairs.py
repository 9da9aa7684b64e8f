"""The operator's pages of a transmitter and of the receiver that brings its receipts."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.gateway_api.conftest import PLATFORM_HOST, HostClient, World
from tests.unit.gateway_api.test_platform_api import LINK, Program, wrong
from tests.unit.gateway_api.test_platform_links import FILLED, NEW, make, save

UNHEARD = "Отчёты этого подключения не придут"
OF_NOBODY = "не находят сообщений"
OVER: Mapping[str, str] = {"name": "over", "title": "", "bind_type": "receiver"}


@pytest.fixture
def root(world: World) -> HostClient:
    """With a transmitter."""
    client = world.signed_in("root", PLATFORM_HOST)
    make(client, bind_type="transmitter")
    return client


def state(root: HostClient, name: str) -> str:
    return root.get(f"/platform/links/{name}/state").text


def settings(name: str) -> str:
    return f"/platform/links/{name}/settings"


def options(page: str) -> list[str]:
    select = re.search(r'<select [^>]*name="receipts_of"[^>]*>(.*?)</select>', page, re.DOTALL)
    return re.findall(r'value="([^"]*)"', select[1]) if select else []


def error_at(answer: Any, name: str) -> str:
    said = re.search(rf'id="f-{name}-error">([^<]+)<', answer.text)
    return said[1] if answer.status_code == 422 and said else ""


def test_the_form_offers_the_other_links_that_submit(root: HostClient) -> None:
    make(root, **OVER, receipts_of="beeline")
    assert options(root.get(NEW).text) == ["", "beeline"]
    assert options(root.get(settings("beeline")).text) == [""]
    assert 'value="beeline" selected' in root.get(settings("over")).text


def test_both_pages_tell_of_the_pair_and_a_transmitter_without_one_is_warned(root: HostClient) -> None:
    assert UNHEARD in state(root, "beeline")
    make(root, **OVER)
    assert OF_NOBODY in state(root, "over") and UNHEARD in state(root, "beeline")
    assert save(root, settings("over"), receipts_of="beeline").status_code == 303
    transmitter, receiver = state(root, "beeline"), state(root, "over")
    assert "Отчёты приходят через" in transmitter and 'href="/platform/links/over/state"' in transmitter
    assert "Приносит отчёты подключения" in receiver and 'href="/platform/links/beeline/state"' in receiver
    assert UNHEARD not in transmitter and OF_NOBODY not in receiver
    root.submit("/platform/links/over/state", "/platform/links/over/switch", step="disable")
    assert UNHEARD in state(root, "beeline")


@pytest.mark.parametrize("of", ["nobody", "<script>alert(1)</script>", "=1+1", "over", "x" * 101])
def test_what_can_not_be_named_is_told_at_the_field_and_nothing_is_stored(
    world: World, root: HostClient, of: str
) -> None:
    refused = save(root, NEW, **{**FILLED, **OVER, "receipts_of": of})
    assert re.search("[а-яё]", error_at(refused, "receipts_of"))
    assert "<script>alert" not in refused.text
    assert "over" not in world.platform.smpp_gateway.operators


def test_a_link_whose_receipts_another_brings_says_so_where_it_may_not_change(root: HostClient) -> None:
    make(root, **OVER, receipts_of="beeline")
    refused = save(root, settings("beeline"), bind_type="receiver")
    assert error_at(refused, "bind_type") == "Его отчёты приносит подключение over: оно должно отправлять."
    refused = save(root, settings("beeline"), registered_delivery="0")
    assert error_at(refused, "registered_delivery") == "Его отчёты приносит подключение over: отчёты нужно запрашивать."
    refused = root.submit("/platform/links/beeline/state", "/platform/links/beeline/delete")
    assert refused.status_code == 422 and "сначала измените или удалите то подключение" in refused.text


def test_programs_set_the_pair_and_read_over_which_links_receipts_come(world: World, root: HostClient) -> None:
    program = Program(world)
    receiver = LINK | {
        "name": "over",
        "settings": LINK["settings"] | {"bind_type": "receiver", "receipts_of": "nobody"},
    }
    refused = program("POST", "/links", receiver)
    assert (refused.status_code, wrong(refused)) == (422, {"/settings/receipts_of": "link"})
    receiver["settings"]["receipts_of"] = "beeline"
    assert program("POST", "/links", receiver).status_code == 201
    assert program("GET", "/links/beeline").json["now"]["receipts_over"] == ["over"]
    deleted = program("DELETE", "/links/beeline")
    assert (deleted.status_code, program("GET", "/links/beeline").status_code) == (409, 200)
