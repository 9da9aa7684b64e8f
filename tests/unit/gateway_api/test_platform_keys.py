"""The operator's page of API keys."""

import pytest

from tests.unit.gateway_api.conftest import HOST, PLATFORM_HOST, HostClient, World

PAGE = "/platform/api-keys"


@pytest.fixture
def root(world: World) -> HostClient:
    return world.signed_in("root", PLATFORM_HOST)


def issue(root: HostClient, **changes: str) -> str:
    return root.submit(PAGE, **{"name": "deploy", "scope": "manage", "allow_list": "", **changes}).text


def test_a_new_key_is_shown_this_one_time(world: World, root: HostClient) -> None:
    assert "Ключей пока нет" in root.get(PAGE).text
    assert "golub_operator_key0" in issue(root)
    page = root.get(PAGE).text
    assert "golub_operator_key0" not in page and "deploy" in page and "Чтение и изменение" in page


def test_a_key_reads_alone_unless_more_is_chosen(world: World, root: HostClient) -> None:
    assert 'value="read" selected' in root.get(PAGE).text
    issue(root, scope="read", allow_list="192.0.2.1\n\n 2001:db8::1 ")
    (made,) = world.platform.accounts.operator_secrets.values()
    assert (made.manages, made.allow_list, made.author) == (False, ["192.0.2.1", "2001:db8::1"], "root")


def test_what_is_wrong_is_told_at_its_field_and_no_key_is_made(world: World, root: HostClient) -> None:
    page = issue(root, name="", scope="all")
    assert page.count("invalid-feedback") == 2 and "golub_operator" not in page
    page = issue(root, allow_list="192.0.2.1\n\nx")
    assert "Строка 3" in page and "исправьте эти строки" in page
    assert world.platform.accounts.operator_secrets == {}


def test_a_withdrawn_key_is_told_as_such_and_its_name_is_free(world: World, root: HostClient) -> None:
    issue(root)
    assert "уже называется так" in issue(root)
    gone = root.submit(PAGE, f"{PAGE}/withdraw", key_id="key0")
    assert gone.location == PAGE
    page = root.get(PAGE).text
    assert "Отозван" in page and "#withdraw-" not in page
    assert "golub_operator_key1" in issue(root)
    assert root.submit(PAGE, f"{PAGE}/withdraw", key_id="nobody").status_code == 404


def test_the_reference_of_the_operators_host_is_its_own_api(root: HostClient, world: World) -> None:
    assert "/api/v1/platform/openapi.json" in root.get("/docs/api").text
    assert "/api/v1/platform" not in world.http(HOST).get("/docs/api").text
