"""What may be set of a link, and what a change of it means."""

from dataclasses import replace

import pytest

from contracts.errors import Malformed
from kit.settings import Settings
from services.smpp_gateway.link_pace import LEAST, Pace
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_values import problems_of, settings_of
from services.smpp_gateway.link_views import link_fields
from services.smpp_gateway.links import environment_link, part_of_rate, same_session, settings_document, with_given

GOOD = {"host": "smsc.example", "port": 2775, "system_id": "golub"}


def test_what_is_written_out_is_read_back_and_holds_no_password() -> None:
    settings = settings_of(GOOD | {"retry": {"88": "throttle", "69": "error"}, "window": 7, "tls": "verify"}, "secret")
    document = settings_document(settings)
    assert "secret" not in str(document)
    assert settings_of(document, "secret") == settings


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("host", "", "invalid"),
        ("port", 0, "out_of_range"),
        ("port", "2775", "kind"),
        ("port", True, "kind"),
        ("window", 10_001, "out_of_range"),
        ("messages_per_second", -1, "out_of_range"),
        ("messages_per_second", float("nan"), "invalid"),
        ("system_id", "a" * 16, "too_long"),
        ("system_id", "имя", "invalid"),
        ("number_ton", 256, "out_of_range"),
        ("tls", "sometimes", "invalid"),
        ("source_plus", 1, "kind"),
        ("retry", {"x": "throttle"}, "kind"),
        ("session", {}, "unknown"),
        ("password", "x", "unknown"),
        ("colour", "red", "unknown"),
    ],
)
def test_what_will_not_do_is_named_by_its_pointer(name: str, value: object, code: str) -> None:
    [problem] = problems_of(GOOD | {name: value}, "")
    assert (problem["pointer"], problem["code"]) == (f"/settings/{name}", code)
    assert problem["detail"].endswith(".")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Malformed) as refused:
        settings_of(GOOD | {"host": "", "port": 0}, "123456789")
    pointers = {one["pointer"] for one in refused.value.data["errors"]}
    assert pointers == {"/settings/host", "/settings/port", "/password"}
    with pytest.raises(Malformed) as refused:
        settings_of({"port": "x"}, "")
    pointers = {one["pointer"] for one in refused.value.data["errors"]}
    assert pointers == {"/settings/host", "/settings/system_id", "/settings/port"}


def test_a_session_survives_a_change_of_its_window_and_rate_and_not_of_its_host() -> None:
    before = settings_of(GOOD, "one")
    assert same_session(before, replace(before, window=5, messages_per_second=10.0, alphabet="latin_1"))
    assert not same_session(before, replace(before, host="elsewhere"))
    assert not same_session(before, replace(before, password="two"))
    assert not same_session(before, replace(before, enquire_link_seconds=5.0))


def test_the_environment_goes_before_what_is_stored() -> None:
    given = environment_link(Settings(smsc_url="smpp://id:p%40ss@smsc.example:3000", smsc_window="9"))
    assert given is not None
    stored = LinkSettings(host="old", port=1, system_id="old", password="", window=1, alphabet="latin_1")
    both = with_given(stored, given)
    assert (both.host, both.port, both.system_id, both.password, both.window) == ("smsc.example", 3000, "id", "p@ss", 9)
    assert both.alphabet == "latin_1"
    assert environment_link(Settings()) is None
    with pytest.raises(SystemExit):
        environment_link(Settings(smsc_url="http://id@smsc.example"))


def test_a_form_finds_every_setting_with_its_kind() -> None:
    kinds = {one.name: one for one in link_fields()}
    assert (kinds["window"].kind, kinds["window"].least, kinds["window"].live) == ("whole", "1", True)
    assert (kinds["host"].kind, kinds["host"].required, kinds["host"].live) == ("text", True, False)
    assert "verify" in kinds["tls"].choices
    assert "password" not in kinds


def test_processes_share_the_rate_of_a_link_by_their_binds() -> None:
    settings = settings_of(GOOD | {"messages_per_second": 30}, "")
    assert part_of_rate(settings, 1, 3) == 10.0
    assert part_of_rate(settings_of(GOOD, ""), 1, 3) == 0


def test_memory_holds_what_a_link_sends_in_some_seconds() -> None:
    pace = Pace(5_000)
    assert pace.depth(0) == 5_000
    assert pace.depth(20.0) == 200
    assert pace.depth(0.5) == LEAST
    for second in range(1, 6):
        pace.second_passed(second * 30, True)
    assert pace.depth(0) == 300, "it answers so slowly that it sends 30 a second"
    pace.second_passed(180, False)
    assert pace.depth(0) == 5_000, "nothing waits any more, so that is all that is known"
