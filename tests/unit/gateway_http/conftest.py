"""Pages are rendered without the built front end: unit tests need neither npm nor network."""

from collections.abc import Iterator

import pytest
from flask import Flask

from gateway_http import static_files
from tests.unit.gateway_http import samples


class AnyAsset(dict[str, str]):
    """Stands for the manifest: every name leads to itself."""

    def __missing__(self, name: str) -> str:
        return name


@pytest.fixture(scope="package")
def app() -> Iterator[Flask]:
    """One app for all, as templates are compiled once per app."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(static_files, "_read_manifest", lambda path: AnyAsset())
        yield samples.make_app()
