"""A file is offered under its own name, in whatever script, by header fields that every server can write."""

import pytest
from werkzeug.http import parse_options_header

from gateway_http.downloads import attachment


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("invoice-101.pdf", "invoice-101.pdf"),
        ("Движения Голубь.xlsx", "Движения Голубь.xlsx"),
        ('a"b;c\r\nSet-Cookie: x.csv', "a_b_c__Set-Cookie_ x.csv"),
        ("../etc/пароли.xlsx", ".._etc_пароли.xlsx"),
    ],
)
def test_a_name_in_any_script_fits_a_header_and_comes_back(name: str, kept: str) -> None:
    field = attachment(b"x", "text/plain", name).headers["Content-Disposition"]
    field.encode("ascii")
    kind, options = parse_options_header(field)
    assert (kind, options["filename"]) == ("attachment", kept)
