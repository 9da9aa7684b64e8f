"""Every environment variable is documented, and a bad value is a sentence at the start."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from kit.settings import Settings, load

ROOT = Path(__file__).parents[3]
NUMBERS = [one.metadata["name"] for one in fields(Settings) if one.metadata.get("numbers") is not None]


def test_every_variable_has_a_name_of_its_own_and_a_sentence() -> None:
    documented = [one.metadata for one in fields(Settings) if one.metadata["name"]]
    names = [one["name"] for one in documented]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[A-Z][A-Z_]+", name) for name in names)
    assert all(len(one["about"]) > 10 for one in documented)


def test_no_code_reads_a_variable_that_is_not_documented() -> None:
    documented = {one.metadata["name"] for one in fields(Settings)}
    read = set()
    for folder in ("contracts", "kit", "services", "gateway_http", "golub"):
        for path in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r'"(GOLUB_[A-Z_]+)"', path.read_text()))
    # The private servers take a fixed port as an argument; the names stand in a sentence nobody can provoke.
    assert read - documented <= {"GOLUB_AMQP_PORT", "GOLUB_POSTGRES_PORT"}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["many", "-1", "1.5", "²", "99999999999"])
def test_a_bad_number_ends_the_start_with_a_sentence_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SystemExit, match=f"^{name} must be "):
        load({name: value})


def test_a_log_level_that_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match="GOLUB_LOG_LEVEL must be one of DEBUG, INFO"):
        load({"GOLUB_LOG_LEVEL": "LOUD"})


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load({"GOLUB_WORKERS": ""}) == load({})


def test_a_database_url_names_its_driver_and_its_service() -> None:
    url = "postgresql+psycopg2://golub_{service}@db/golub_{service}"
    assert load({"DATABASE_URL": url}).of("billing").endswith("golub_billing@db/golub_billing")
    for wrong in ({}, {"DATABASE_URL": "postgresql://db/golub"}):
        with pytest.raises(SystemExit, match="Give DATABASE_URL"):
            load(wrong).of("billing")


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="at least 32"):
        _ = load({"GOLUB_SECRET_KEY": "short"}).secret
    mounted = tmp_path / "key"
    mounted.write_text("k" * 32 + "\n")
    assert load({"GOLUB_SECRET_FILE": str(mounted)}).secret == b"k" * 32
