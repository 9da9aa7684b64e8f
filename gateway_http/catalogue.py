"""The translations: collects msgids from code and templates, updates the catalogues, compiles them.

`python -m gateway_http.catalogue` brings every .po file up to date; what is new has an empty translation there, and a
test fails until it is written.
"""

import pkgutil
from importlib import import_module
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import contracts
from contracts import errors
from contracts.accounts_rights import RIGHTS
from contracts.refusals import HOLDS, REFUSALS

PACKAGE = Path(__file__).parent
#: What `audit.audits` is told of a view, for people, is its second argument.
KEYWORDS = {**DEFAULT_KEYWORDS, "audits": (2,)}
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
#: The same as in babel.cfg: block tags eat the white space around them, as they do in the app.
OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}


def collect() -> Catalog:
    """Return every msgid: those of this package, and those that other rooms hand us as data."""
    catalogue = Catalog(fuzzy=False)
    for _file, _line, message, _comments, context in extract_from_dir(PACKAGE, METHODS, OPTIONS, keywords=KEYWORDS):
        catalogue.add(message, context=context)
    for reason in (*HOLDS.values(), *REFUSALS.values()):
        catalogue.add(reason.sentence)
    for error in _all_errors(errors.GolubError):
        catalogue.add(error.title)
    for sentence in (*RIGHTS.values(), *problem_sentences()):
        catalogue.add(sentence)
    return catalogue


def problem_sentences() -> list[str]:
    """What services say of wrong fields: the values of `PROBLEMS` of every module of contracts that has one."""
    modules = [import_module(f"contracts.{found.name}") for found in pkgutil.iter_modules(contracts.__path__)]
    return [sentence for module in modules for sentence in getattr(module, "PROBLEMS", {}).values()]


def _all_errors(root: type[errors.GolubError]) -> list[type[errors.GolubError]]:
    return [root, *(found for child in root.__subclasses__() for found in _all_errors(child))]


def read_catalogue(path: Path, locale: str = "ru") -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=locale, domain="messages", abort_invalid=True)


def update_catalogue(path: Path) -> None:
    """Add what is new and drop what is gone; translations that stay are kept as they are."""
    catalogue = read_catalogue(path, path.parts[-3])
    catalogue.update(collect(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    buffer = BytesIO()
    write_po(buffer, catalogue, width=120, no_location=True, omit_header=False, sort_output=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    # Dates would make two updates of the same state differ.
    path.write_text("".join(line for line in lines if "-Date: " not in line), encoding="utf-8")


def compile_catalogue(path: Path) -> None:
    """Write the .mo file beside a .po file."""
    with path.with_suffix(".mo").open("wb") as target:
        write_mo(target, read_catalogue(path, path.parts[-3]))


def main() -> None:
    for path in sorted((PACKAGE / "translations").glob("*/LC_MESSAGES/*.po")):
        update_catalogue(path)
        compile_catalogue(path)


if __name__ == "__main__":
    main()
