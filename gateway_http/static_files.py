"""Addresses of built front-end files, whose names carry a hash of their contents."""

import json
from functools import lru_cache
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
URL_PREFIX = "/static/vendor/"
_ADVICE = "Run `python -m golub assets`."
_TEXTS = (".css", ".js", ".svg")


def is_text(name: str) -> bool:
    """Whether the build keeps a compressed twin beside the file; fonts are compressed by themselves."""
    return name.endswith(_TEXTS)


def _read_manifest(path: Path) -> dict[str, str]:
    try:
        changed_ns = path.stat().st_mtime_ns
    except FileNotFoundError as error:
        reason = f"The front-end files are not built: {path} is missing. {_ADVICE}"
        raise RuntimeError(reason) from error
    return _parse(path, changed_ns)


@lru_cache(maxsize=4)
def _parse(path: Path, changed_ns: int) -> dict[str, str]:
    """Keyed by the time of change: a build beside a running gateway removes the files that the old list names."""
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names


def built_names() -> frozenset[str]:
    """The hashed name of every file of the present build."""
    return frozenset(_read_manifest(MANIFEST).values())


def asset_url(name: str) -> str:
    """Return the address of a built file by its logical name, such as `app.css`.

    Raises KeyError for a name that the build does not make, so that a typing error shows in the first render.
    """
    return URL_PREFIX + _read_manifest(MANIFEST)[name]


def asset_path(name: str) -> Path:
    """Return where a built file lies, by its logical name; RuntimeError with what to do if it was not built."""
    names = _read_manifest(MANIFEST)
    if name not in names:
        raise RuntimeError(f"The front-end files are older than the program: {name} is missing. {_ADVICE}")
    return VENDOR / names[name]


def icon_url(name: str) -> str:
    """Return the address of one symbol of the icon sprite."""
    return f"{asset_url('icons.svg')}#{name}"
