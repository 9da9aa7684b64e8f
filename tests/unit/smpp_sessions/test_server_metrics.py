"""What operations see of the SMPP server."""

from prometheus_client import REGISTRY

from services.smpp_gateway import constants as c
from services.smpp_gateway.server_metrics import MOST_LABELS, Labels, count_end, set_bound
from tests.unit.smpp_sessions.conftest import Connect, StartServer
from tests.unit.smpp_sessions.peers import RecordingPlatform, submit_sm, wait_until


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def series(name: str) -> int:
    return sum(sample.name == name for family in REGISTRY.collect() for sample in family.samples)


def test_advertisers_are_told_apart_up_to_a_bound() -> None:
    labels = Labels(most=2)
    assert [labels.of(name) for name in ("a", "b", "c", "a", "d")] == ["a", "b", "other", "a", "other"]


def test_bound_sessions_have_no_more_series_than_the_bound_and_those_of_now_only() -> None:
    set_bound({f"account-{number}": 2 for number in range(500)})
    assert series("golub_smpp_bound_sessions") <= MOST_LABELS + 1
    assert (
        sum(
            one.value
            for family in REGISTRY.collect()
            for one in family.samples
            if one.name == "golub_smpp_bound_sessions"
        )
        == 1_000
    )
    set_bound({})
    assert series("golub_smpp_bound_sessions") == 0


def test_an_end_whose_sentence_has_particulars_makes_no_series_of_its_own() -> None:
    before = value("golub_smpp_session_ends_total", how="broken")
    for number in range(50):
        count_end(f"the connection broke: reason {number}")
    assert value("golub_smpp_session_ends_total", how="broken") == before + 50
    assert series("golub_smpp_session_ends_total") < 10


def test_a_session_is_counted_from_its_connection_to_its_end(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    names = ("golub_smpp_connections_total", "golub_smpp_binds_total", "golub_smpp_session_ends_total")
    labels = ({"outcome": "plain"}, {"outcome": "bound"}, {"how": "client"})
    before = [value(name, **label) for name, label in zip(names, labels, strict=True)]
    refused = value("golub_smpp_binds_total", outcome="0x0E")
    server = start_server()
    assert connect(server).bind(password="wrong").command_status == c.ESME_RINVPASWD
    peer = connect(server)
    peer.bind()
    server.measure()
    assert value("golub_smpp_unbound_connections") <= 1
    peer.close()
    wait_until(lambda: value(names[2], how="client") == before[2] + 1)
    after = [value(name, **label) for name, label in zip(names, labels, strict=True)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1, 1]
    assert value("golub_smpp_binds_total", outcome="0x0E") == refused + 1


def test_submits_refusals_and_throttling_are_counted(
    start_server: StartServer, connect: Connect, platform: RecordingPlatform
) -> None:
    def total(name: str, **labels: str) -> float:
        return sum(value(name, advertiser=label, **labels) for label in ("account", "other"))

    platform.limits = (2, 100, 5)
    peer = connect(start_server())
    peer.bind()
    names = ("golub_smpp_submits_total", "golub_smpp_throttled_total")
    before = [total(name) for name in names]
    refused = total("golub_smpp_submit_refusals_total", status="0x08")
    platform.error = ConnectionError("the database is away")
    peer.send(*(submit_sm(n) for n in range(2, 22)))
    statuses = [answer.command_status for answer in peer.receive_many(20)]
    assert total(names[0]) - before[0] == 20
    assert total(names[1]) - before[1] == statuses.count(c.ESME_RTHROTTLED)
    assert total("golub_smpp_submit_refusals_total", status="0x08") - refused == statuses.count(c.ESME_RSYSERR) > 0
