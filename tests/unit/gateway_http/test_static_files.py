"""Addresses of built files come from the list that the build wrote last."""

import gzip
import json
import os
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway_http import built_files, static_files

STYLE, CSS = "/static/vendor/app.0a1b.css", b"a { color: red }" * 200


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


@pytest.fixture
def served(built: Path) -> FlaskClient:
    """A browser at an app that serves a style sheet with its twin, a font, and a folder with more in it."""
    build(built, {"app.css": "app.0a1b.css", "inter.woff2": "inter.77.woff2"}, 5)
    (built.parent / "app.0a1b.css").write_bytes(CSS)
    (built.parent / "app.0a1b.css.gz").write_bytes(gzip.compress(CSS))
    (built.parent / "inter.77.woff2").write_bytes(b"font")
    (built.parent / "secret.txt").write_text("secret")
    app = Flask(__name__, static_folder=None)
    built_files.install(app)
    return app.test_client()


def test_a_text_goes_out_compressed_to_those_who_take_that(served: FlaskClient) -> None:
    packed = served.get(STYLE, headers={"Accept-Encoding": "br, gzip"})
    plain = served.get(STYLE, headers={"Accept-Encoding": "br, gzip;q=0"})
    assert (packed.headers["Content-Encoding"], gzip.decompress(packed.data)) == ("gzip", CSS)
    assert ("Content-Encoding" in plain.headers, plain.data) == (False, CSS)
    for response in (packed, plain):
        assert response.mimetype == "text/css"
        assert "Accept-Encoding" in response.headers["Vary"]


def test_a_built_file_is_kept_for_ever_and_known_again_by_its_tag(served: FlaskClient) -> None:
    first = served.get(STYLE, headers={"Accept-Encoding": "gzip"})
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    asked = {"If-None-Match": first.headers["ETag"]}
    assert served.get(STYLE, headers={"Accept-Encoding": "gzip", **asked}).status_code == 304
    assert served.get(STYLE, headers=asked).status_code == 200, "the plain file is another representation"


def test_a_font_has_no_twin(served: FlaskClient) -> None:
    response = served.get("/static/vendor/inter.77.woff2", headers={"Accept-Encoding": "gzip"})
    assert (response.data, "Content-Encoding" in response.headers) == (b"font", False)


@pytest.mark.parametrize("name", ["secret.txt", "manifest.json", "app.0a1b.css.gz", "..%2fsecret.txt", "app.css"])
def test_only_files_of_the_present_build_are_served(served: FlaskClient, name: str) -> None:
    assert served.get(f"/static/vendor/{name}").status_code == 404
