"""The command line says what it can do and refuses what it can't, in a sentence."""

import dataclasses

import pytest

from golub.cli import main
from golub.embedded import kept_secret
from golub.registry import PROCESSES, SERVICES, service_class
from kit.settings import Settings


def test_every_process_has_a_service_class_of_its_name() -> None:
    assert [service_class(name).name for name in PROCESSES] == list(PROCESSES)
    assert set(SERVICES) < set(PROCESSES)


def test_settings_are_listed_with_their_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    printed = capsys.readouterr().out
    for field in dataclasses.fields(Settings):
        if field.metadata["name"]:
            assert f"{field.metadata['name']}: {field.metadata['about']}" in printed


@pytest.mark.parametrize("words", [[], ["nonsense"], ["run"], ["run", "nobody"]])
def test_a_wrong_command_line_is_explained_and_ends_with_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: golub" in capsys.readouterr().err


def test_a_kept_secret_stays_the_same_and_is_no_shorter_than_asked(tmp_path) -> None:  # type: ignore[no-untyped-def]
    first = kept_secret(tmp_path / "secret", 48)
    assert kept_secret(tmp_path / "secret", 48) == first
    assert len(first) == 48
