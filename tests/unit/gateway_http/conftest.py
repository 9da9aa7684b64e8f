"""Pages are rendered without the built front end: unit tests need neither npm nor network."""

import pytest
from flask import Flask

from tests.unit.gateway_http import samples


@pytest.fixture(scope="package")
def app() -> Flask:
    """One app for all, as templates are compiled once per app; every built file leads to its own name."""
    made = samples.make_app()
    made.jinja_env.globals["asset_url"] = lambda name: f"/static/vendor/{name}"
    made.jinja_env.globals["icon_url"] = lambda name: f"/static/vendor/icons.svg#{name}"
    return made
