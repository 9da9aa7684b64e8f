"""Addresses of built files come from the list that the build wrote last."""

import json
import os
from pathlib import Path

import pytest

from gateway_http import static_files


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "manifest.json"
    monkeypatch.setattr(static_files, "MANIFEST", path)
    return path


def build(path: Path, names: dict[str, str], moment: int) -> None:
    path.write_text(json.dumps(names), encoding="utf-8")
    os.utime(path, ns=(moment, moment))


def test_a_running_gateway_follows_a_new_build(built: Path) -> None:
    build(built, {"app.css": "app.1.css"}, 1)
    assert static_files.asset_url("app.css") == "/static/vendor/app.1.css"
    build(built, {"app.css": "app.2.css"}, 2)
    assert static_files.asset_url("app.css") == "/static/vendor/app.2.css"


def test_an_icon_is_a_part_of_the_sprite(built: Path) -> None:
    build(built, {"icons.svg": "icons.7.svg"}, 3)
    assert static_files.icon_url("plus") == "/static/vendor/icons.7.svg#plus"


def test_a_name_that_is_not_built_shows_at_once(built: Path) -> None:
    build(built, {}, 4)
    with pytest.raises(KeyError):
        static_files.asset_url("ap.css")


def test_a_missing_build_is_told_in_a_sentence(built: Path) -> None:
    with pytest.raises(RuntimeError, match="golub assets"):
        static_files.asset_url("app.css")
