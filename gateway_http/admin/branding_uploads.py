"""Files of «Дополнительные настройки» on their way to accounts: from the form, or once from the address of a logo."""

from typing import Any

from contracts.accounts_branding import Branding
from contracts.accounts_files import LOGO, MOST_BYTES, PART_BYTES, store_file
from contracts.errors import NotFound
from gateway_http.access import partner_id
from gateway_http.admin.picture_fetching import FetchError, fetch
from gateway_http.forms import Form
from gateway_http.state import clients, gateway

#: How the text of a PNG begins in base64.
_PNG = "iVBOR"


class UploadError(ValueError):
    """A sentence for whoever chose the file; `field` where it belongs to another than that of the file."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def uploaded(form: Form, purpose: str, given: Any) -> str:
    """The id of the file that the form asks for: the one that comes with it, the one chosen before, or none."""
    chosen = form.text(f"{purpose}_file")
    if form.checked(f"{purpose}_delete"):
        chosen = ""
    if given is not None and given.filename:
        chosen = _stored(purpose, given.filename, given.stream)
    form.values[f"{purpose}_file"] = chosen
    form.values.pop(f"{purpose}_delete", None)
    return chosen


def chosen_logo(form: Form, stored: Branding, given: Any, address: str) -> tuple[str, str]:
    """(address, id) of the logo. A file goes before an address; an address is fetched once, when it is new."""
    deleted, sent = form.checked("logo_delete"), given is not None and bool(given.filename)
    chosen = uploaded(form, LOGO, given)
    if sent or deleted:
        return "", chosen
    if address and (address != stored.logo_address or not chosen):
        chosen = "" if form.errors else _fetched(address)
        form.values["logo_file"] = chosen
    elif stored.logo_address and not address:
        # The address was taken away, and the picture with it.
        form.values["logo_file"] = chosen = ""
    return address, chosen


def _fetched(address: str) -> str:
    try:
        contents = fetch(address, most=MOST_BYTES[LOGO], private=gateway().settings.webhook_private == "1")
    except FetchError as error:
        raise UploadError(error.told(), "logo_address") from None
    return store_file(clients().accounts, partner_id(), purpose=LOGO, name="logo", blocks=[contents]).id


def _stored(purpose: str, name: str, stream: Any) -> str:
    blocks = iter(lambda: stream.read(PART_BYTES), b"")
    return store_file(clients().accounts, partner_id(), purpose=purpose, name=name, blocks=blocks).id


def shown_logo(stored: Branding, file_id: str, address: str) -> str:
    """What `src` of an image shows for the logo with this id: ours, or what was chosen and is not saved yet."""
    if stored.logo is not None and file_id == stored.logo.id:
        return f"{address}?v={stored.logo.digest[:16]}"
    if not file_id:
        return ""
    try:
        part = clients().accounts.file_part(partner_id(), file_id, 0)
    except NotFound:
        return ""
    return f"data:image/png;base64,{part}" if part.startswith(_PNG) else ""
