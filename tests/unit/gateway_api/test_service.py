"""The nameko class hands its clients to the app and tells it when credentials change."""

from contracts.accounts import CredentialsChanged
from contracts.events import Envelope
from gateway_http.clients import Clients
from gateway_http.service import GatewayHttpService
from kit.service import RpcTo
from tests.unit.gateway_api.conftest import World


def test_the_service_declares_a_client_for_each_that_the_app_wants() -> None:
    declared = {name: one.client_class for name, one in vars(GatewayHttpService).items() if isinstance(one, RpcTo)}
    assert declared == {name: field.type for name, field in Clients.__dataclass_fields__.items()}


def test_changed_credentials_are_asked_for_again_at_once(world: World) -> None:
    service = GatewayHttpService()
    service.web = world.app  # type: ignore[assignment]
    assert world.api("GET", "/balance").status_code == 200
    world.platform.accounts.keys.clear()
    envelope = Envelope(id="1", name="credentials_changed", version=1, occurred_at="2026-11-22T09:15:00Z", data={})
    service.credentials_changed(envelope, CredentialsChanged(advertiser_ids=[world.advertiser_id]))
    assert world.api("GET", "/balance").status_code == 401
