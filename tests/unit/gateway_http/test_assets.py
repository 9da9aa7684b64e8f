"""The build of the front end, on a small stand-in for node_modules: hashed names, a sprite, nothing done twice."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from golub import assets

ROOT = Path(__file__).resolve().parents[3]
DRAWING = (
    '<svg viewBox="0 0 24 24">\n  <path stroke="none" d="M0 0h24v24H0z" fill="none"/>\n  <path d="M4 4h2" />\n</svg>\n'
)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose packages are installed already, so that npm has nothing to do."""
    modules = tmp_path / "node_modules"
    for name, path in assets.PACKAGE_FILES.items():
        if name.endswith(".ttf"):
            write_font(modules / path)
            continue
        write(modules / path, f"/* {name} */\n//# sourceMappingURL=x.map" if name.endswith("js") else name)
    for name in assets.ICONS:
        kind = "filled" if name.endswith("-filled") else "outline"
        write(modules / f"@tabler/icons/icons/{kind}/{name.removesuffix('-filled')}.svg", DRAWING)
    source = tmp_path / "gateway_http/static/src"
    write(source / "css/1.css", 'a { src: url("asset:inter-latin.woff2") }')
    write(source / "css/2.css", "b {}")
    write(source / "js/app.js", "1")
    write(tmp_path / "package-lock.json", "{}")
    translation = tmp_path / "gateway_http/translations/ru/LC_MESSAGES/messages.po"
    write(
        translation, 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Help"\nmsgstr "Помощь"\n'
    )
    write(modules / ".golub-lock", hashlib.sha256(b"{}").hexdigest())
    monkeypatch.setattr(assets, "_npm", lambda: pytest.fail("npm was called"))
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_font(path: Path) -> None:
    """A font of three blank letters."""
    builder = FontBuilder(unitsPerEm=1000)
    names = [".notdef", "a", "ya", "smile"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord("a"): "a", ord("я"): "ya", ord("😀"): "smile"})
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Blank", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)


def vendor(checkout: Path) -> Path:
    return checkout / "gateway_http/static/vendor"


def manifest(checkout: Path) -> dict[str, str]:
    names: dict[str, str] = json.loads((vendor(checkout) / "manifest.json").read_text(encoding="utf-8"))
    return names


def test_names_carry_a_hash_of_the_contents(checkout: Path) -> None:
    assets.build(checkout)
    for name, hashed in manifest(checkout).items():
        digest = hashlib.sha256((vendor(checkout) / hashed).read_bytes()).hexdigest()
        stem, _, suffix = name.rpartition(".")
        assert hashed == f"{stem}.{digest[:10]}.{suffix}"


def test_own_css_is_joined_in_order_and_points_at_hashed_fonts(checkout: Path) -> None:
    assets.build(checkout)
    css = (vendor(checkout) / manifest(checkout)["app.css"]).read_text(encoding="utf-8")
    assert manifest(checkout)["inter-latin.woff2"] in css
    assert css.index("a {") < css.index("b {}")


def test_the_font_of_documents_keeps_the_letters_of_our_languages(checkout: Path) -> None:
    assets.build(checkout)
    with TTFont(vendor(checkout) / manifest(checkout)["document.ttf"]) as font:
        assert set(font.getBestCmap()) == {ord("a"), ord("я")}


def test_source_maps_that_are_not_shipped_are_not_named(checkout: Path) -> None:
    assets.build(checkout)
    assert "sourceMappingURL" not in (vendor(checkout) / manifest(checkout)["htmx.js"]).read_text(encoding="utf-8")


def test_the_sprite_holds_every_icon_once(checkout: Path) -> None:
    assets.build(checkout)
    sprite = (vendor(checkout) / manifest(checkout)["icons.svg"]).read_text(encoding="utf-8")
    assert [sprite.count(f'<symbol id="{name}"') for name in assets.ICONS] == [1] * len(assets.ICONS)
    assert "M0 0h24v24H0z" not in sprite


def test_each_text_has_a_compressed_twin_and_nothing_else_lies_beside(checkout: Path) -> None:
    assets.build(checkout)
    names = set(manifest(checkout).values())
    texts = {name for name in names if name.endswith((".css", ".js", ".svg"))}
    assert len(texts) == len(names) - 4, "all but the four fonts"
    for name in texts:
        packed = (vendor(checkout) / f"{name}.gz").read_bytes()
        assert gzip.decompress(packed) == (vendor(checkout) / name).read_bytes()
    expected = names | {f"{name}.gz" for name in texts} | {"manifest.json", "stamp", ".lock"}
    assert {path.name for path in vendor(checkout).iterdir()} == expected


def test_the_same_contents_are_compressed_to_the_same_bytes(checkout: Path) -> None:
    assets.build(checkout)
    before = {path.name: path.read_bytes() for path in vendor(checkout).glob("*.gz")}
    (vendor(checkout) / next(iter(before))).unlink()
    assets.build(checkout)
    assert {path.name: path.read_bytes() for path in vendor(checkout).glob("*.gz")} == before


def test_a_second_run_does_nothing(checkout: Path) -> None:
    assets.build(checkout)
    before = {path: path.stat().st_mtime_ns for path in vendor(checkout).iterdir()}
    assets.build(checkout)
    assert {path: path.stat().st_mtime_ns for path in vendor(checkout).iterdir()} == before


@pytest.mark.parametrize("changed", ["gateway_http/static/src/js/app.js", "gateway_http/static/src/css/2.css"])
def test_a_changed_source_gets_a_new_name_and_the_old_file_goes(checkout: Path, changed: str) -> None:
    assets.build(checkout)
    before = manifest(checkout)
    write(checkout / changed, "c {}")
    assets.build(checkout)
    gone = set(before.values()) - set(manifest(checkout).values())
    assert len(gone) == 1
    name = gone.pop()
    assert not (vendor(checkout) / name).exists() and not (vendor(checkout) / f"{name}.gz").exists()


def test_a_deleted_output_is_made_again(checkout: Path) -> None:
    assets.build(checkout)
    (vendor(checkout) / manifest(checkout)["app.css"]).unlink()
    compiled = checkout / "gateway_http/translations/ru/LC_MESSAGES/messages.mo"
    compiled.unlink()
    assets.build(checkout)
    assert (vendor(checkout) / manifest(checkout)["app.css"]).is_file()
    assert compiled.is_file()


def test_npm_runs_when_the_lock_changed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets.build(checkout)
    write(checkout / "package-lock.json", '{"lockfileVersion": 3}')
    monkeypatch.setattr(assets, "_npm", lambda: ["true"])
    assets.build(checkout)
    assert (checkout / "node_modules/.golub-lock").read_text() == hashlib.sha256(b'{"lockfileVersion": 3}').hexdigest()


def test_a_failing_npm_is_told_in_a_sentence(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(checkout / "package-lock.json", "{ }")
    monkeypatch.setattr(assets, "_npm", lambda: ["false"])
    with pytest.raises(assets.AssetError, match=r"npm could not install .* \(exit code 1\)"):
        assets.build(checkout)


def test_an_icon_that_does_not_exist_is_named(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "ICONS", ("no-such-icon",))
    with pytest.raises(assets.AssetError, match="no-such-icon"):
        assets.build(checkout)


def test_npm_of_the_wheel_is_used_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    node, script = assets._npm()
    assert Path(node).is_file()
    assert Path(script).is_file()


def test_versions_are_pinned_exactly_and_the_lock_names_no_registry() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    pins = {**package["dependencies"], **package["devDependencies"]}
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    assert all(version[0].isdigit() for version in pins.values())
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in pins} == pins
    assert not [name for name, one in lock["packages"].items() if "resolved" in one]
    assert all("integrity" in one for name, one in lock["packages"].items() if name)
