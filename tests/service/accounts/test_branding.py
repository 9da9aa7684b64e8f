"""The looks of a partner's cabinet, their files, and the contract that is asked for before a payment."""

import hashlib
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import Any

import eventlet
import pytest

from contracts.accounts_branding import Branding, BrandingChange
from contracts.accounts_files import MOST_BYTES, PART_BYTES, StoredFile, read_file, store_file
from contracts.errors import Conflict, Malformed, NotFound
from tests.service.accounts.conftest import World
from tests.support.files import PDF, picture, png_head


def _change(looks: Branding, **changes: Any) -> BrandingChange:
    """What a form sends that leaves all as it is but these."""
    kept = {name: getattr(looks, name) for name in ("version", "name", "accent_colour", "pressed_colour")}
    kept |= {name: getattr(looks, name) for name in ("logo_address", "contract_required", "contract_url", "email_auth")}
    files = {
        "logo_file": looks.logo.id if looks.logo else "",
        "contract_file": looks.contract.id if looks.contract else "",
    }
    return BrandingChange(**kept | files | changes)


def _save(world: World, **changes: Any) -> Branding:
    change = _change(world.client.branding(world.partner_id), **changes)
    return world.client.save_branding(world.partner_id, change, author="boss")


def _file(world: World, purpose: str, contents: bytes, name: str = "a.pdf", partner_id: str = "") -> StoredFile:
    blocks = (contents[start : start + 100_000] for start in range(0, len(contents), 100_000))
    return store_file(world.client, partner_id or world.partner_id, purpose=purpose, name=name, blocks=blocks)


def _text(part: bytes) -> str:
    return b64encode(part).decode()


def _code(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(one["pointer"], one["code"]) for one in error.value.data["errors"]]


def test_a_partner_that_saved_nothing_has_the_looks_it_began_with(world: World) -> None:
    looks = world.client.branding(world.partner_id)
    assert (looks.name, looks.accent_colour, looks.pressed_colour) == ("One", "f66d19", "e5b030")
    assert (looks.version, looks.logo, looks.contract, looks.contract_required) == (0, None, None, False)
    assert looks.email_auth == "CRAM-MD5"


def test_what_is_saved_is_what_the_hosts_of_this_partner_look_like(world: World) -> None:
    logo = _file(world, "logo", picture())
    saved = _save(world, name=" One  & Co ", accent_colour="#1A55A5", email_auth="PLAIN", logo_file=logo.id)
    assert (saved.version, saved.author, saved.name, saved.email_auth) == (1, "boss", "One & Co", "PLAIN")
    owner = world.client.resolve_host("one.example")
    assert (owner.brand, owner.accent_colour, owner.logo) == ("One & Co", "1a55a5", logo.digest[:16])
    assert (owner.logo_width, owner.logo_height) == (320, 80)
    contents = b64decode(world.client.logo(world.partner_id))
    assert contents.startswith(b"\x89PNG") and hashlib.sha256(contents).hexdigest() == logo.digest
    other = world.client.resolve_host("two.example")
    assert (other.brand, other.accent_colour, other.logo) == ("Two", "f66d19", "")
    told = world.query("SELECT envelope -> 'data' -> 'partner_ids' FROM outbox WHERE name = 'branding_changed'")
    assert [row[0] for row in told] == [[world.partner_id]]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", " ", "required"),
        ("name", "x" * 101, "too_long"),
        ("name", "a\x00b", "text_invalid"),
        ("accent_colour", "orange", "colour_invalid"),
        ("pressed_colour", "#fff", "colour_invalid"),
        ("contract_url", "javascript:alert(1)", "url_invalid"),
        ("email_auth", "NTLM", "email_auth_invalid"),
        ("logo_file", "x", "file_unknown"),
        ("contract_file", "01930000-0000-7000-8000-000000000001", "file_unknown"),
    ],
)
def test_a_wrong_field_is_told_and_nothing_is_saved(world: World, field: str, value: str, code: str) -> None:
    with pytest.raises(Malformed) as error:
        _save(world, contract_required=True, **{field: value})
    assert _code(error) == [(f"/{field}", code)]
    looks = world.client.branding(world.partner_id)
    assert (looks.version, looks.contract_required) == (0, False)


def test_the_second_of_two_who_edit_at_once_is_told_who_was_first(world: World) -> None:
    read = world.client.branding(world.partner_id)
    world.client.save_branding(world.partner_id, _change(read, name="First"), author="anna")
    with pytest.raises(Conflict) as error:
        world.client.save_branding(world.partner_id, _change(read, name="Second"), author="oleg")
    assert _code(error) == [("/version", "changed_meanwhile")] and error.value.data["author"] == "anna"
    assert world.client.branding(world.partner_id).name == "First"


def test_of_many_who_save_the_same_version_at_once_one_wins(world: World) -> None:
    read = world.client.branding(world.partner_id)

    def save(number: int) -> int:
        try:
            return world.client.save_branding(world.partner_id, _change(read, name=f"N{number}"), author="x").version
        except Conflict:
            return 0

    threads = [eventlet.spawn(save, number) for number in range(8)]
    assert sorted(thread.wait() for thread in threads) == [0] * 7 + [1]


def test_a_contract_of_many_parts_comes_back_byte_for_byte_and_goes_when_it_is_replaced(world: World) -> None:
    contents = b"%PDF-1.7" + bytes(range(256)) * 6_000 + b"%%EOF"
    first = _file(world, "contract", contents, "Договор.PDF")
    assert (first.name, first.media_type, first.octets) == ("Договор.pdf", "application/pdf", len(contents))
    _save(world, contract_file=first.id)
    assert b"".join(read_file(world.client, world.partner_id, first)) == contents
    second = _file(world, "contract", PDF)
    assert _save(world, contract_file=second.id).contract == second
    with pytest.raises(NotFound):
        list(read_file(world.client, world.partner_id, first))
    assert _save(world, contract_file="").contract is None
    assert world.query("SELECT * FROM file_parts") == []


@pytest.mark.parametrize("size", [MOST_BYTES["contract"] + 1, MOST_BYTES["contract"] * 2])
def test_a_file_of_more_than_ten_megabytes_is_refused_and_nothing_of_it_stays(world: World, size: int) -> None:
    with pytest.raises(Malformed) as error:
        _file(world, "contract", bytes(size))
    assert _code(error) == [("/contract_file", "contract_too_large")]
    assert world.query("SELECT * FROM files") == []


@pytest.mark.parametrize(
    ("purpose", "contents", "code"),
    [
        ("logo", b"just a text", "picture_invalid"),
        ("logo", png_head(60_000, 60_000), "picture_invalid"),
        ("logo", PDF, "picture_invalid"),
        ("contract", picture(), "document_invalid"),
        ("contract", b"", "document_invalid"),
    ],
)
def test_what_a_file_is_not_is_told_at_its_field(world: World, purpose: str, contents: bytes, code: str) -> None:
    with pytest.raises(Malformed) as error:
        _file(world, purpose, contents)
    assert _code(error) == [(f"/{purpose}_file", code)]
    assert world.query("SELECT * FROM files") == []


def test_a_file_of_another_partner_is_as_unknown_as_none(world: World) -> None:
    theirs = _file(world, "contract", PDF, partner_id=world.other_partner_id)
    with pytest.raises(Malformed) as error:
        _save(world, contract_file=theirs.id)
    assert _code(error) == [("/contract_file", "file_unknown")]
    with pytest.raises(NotFound):
        list(read_file(world.client, world.partner_id, theirs))
    with pytest.raises(NotFound):
        world.client.add_file_part(world.partner_id, theirs.id, number=0, contents=_text(b"x"))
    world.client.drop_file(world.partner_id, theirs.id)
    assert b"".join(read_file(world.client, world.other_partner_id, theirs)) == PDF


def test_a_logo_is_no_contract_and_a_file_that_has_not_ended_is_neither(world: World) -> None:
    logo = _file(world, "logo", picture())
    begun = world.client.begin_file(world.partner_id, purpose="contract", name="a")
    for file_id in (logo.id, begun):
        with pytest.raises(Malformed):
            _save(world, contract_file=file_id)


def test_a_part_that_comes_again_changes_nothing_and_one_that_is_missing_is_told(world: World) -> None:
    begun = world.client.begin_file(world.partner_id, purpose="contract", name="a")
    part = b"%PDF-" + bytes(PART_BYTES - 5)
    for _ in range(2):
        world.client.add_file_part(world.partner_id, begun, number=0, contents=_text(part))
    with pytest.raises(Malformed):
        world.client.add_file_part(world.partner_id, begun, number=2, contents=_text(b"x"))
    with pytest.raises(Malformed):
        world.client.add_file_part(world.partner_id, begun, number=1, contents="!")
    world.client.add_file_part(world.partner_id, begun, number=1, contents=_text(b"%%EOF"))
    ended = world.client.end_file(world.partner_id, begun)
    assert ended.octets == PART_BYTES + 5
    assert world.client.end_file(world.partner_id, begun) == ended


def test_files_that_nothing_names_go_after_a_day_and_are_few(world: World) -> None:
    kept = _file(world, "contract", PDF)
    _save(world, contract_file=kept.id)
    with pytest.raises(Conflict):
        for _ in range(21):
            _file(world, "logo", picture(size=(2, 2)))
    world.clock.advance(86_401)
    assert world.client._call("purge_files") is False
    assert [row.id for row in world.query("SELECT id::text FROM files")] == [kept.id]


def test_an_unknown_partner_has_no_looks_and_no_files(world: World) -> None:
    for partner_id in ("x", "01930000-0000-7000-8000-000000000001"):
        with pytest.raises(NotFound):
            world.client.branding(partner_id)
        with pytest.raises(NotFound):
            world.client.logo(partner_id)
        with pytest.raises(NotFound):
            _file(world, "logo", picture(), partner_id=partner_id)
    with pytest.raises(NotFound):
        world.client.logo(world.partner_id)


def test_an_advertiser_with_number_and_date_has_a_contract_until_the_partner_says_otherwise(world: World) -> None:
    def standing() -> tuple[bool, bool, bool]:
        found = world.client.contract_standing(world.partner_id, world.advertiser_id)
        return found.required, found.signed, found.marked

    assert standing() == (False, True, False)
    _save(world, contract_required=True, contract_url="https://example.ru/contract")
    assert standing() == (True, True, False)
    world.client.mark_contract(world.partner_id, world.advertiser_id, signed=False, author="boss")
    assert standing() == (True, False, True)
    found = world.client.mark_contract(world.partner_id, world.advertiser_id, signed=True, author="anna")
    assert (found.signed, found.author, found.url) == (True, "anna", "https://example.ru/contract")


def test_an_advertiser_without_a_number_has_none_until_the_partner_marks_it(world: World) -> None:
    world.query("UPDATE advertisers SET contract_number = '' RETURNING id")
    assert not world.client.contract_standing(world.partner_id, world.advertiser_id).signed
    world.client.mark_contract(world.partner_id, world.advertiser_id, signed=True, author="boss")
    assert world.client.contract_standing(world.partner_id, world.advertiser_id).signed


def test_the_advertiser_of_another_partner_is_as_unknown_as_none(world: World) -> None:
    for advertiser_id in (world.other_advertiser_id, "x"):
        with pytest.raises(NotFound):
            world.client.contract_standing(world.partner_id, advertiser_id)
        with pytest.raises(NotFound):
            world.client.mark_contract(world.partner_id, advertiser_id, signed=True, author="boss")


def test_a_change_is_all_or_nothing(world: World) -> None:
    """A good logo beside a wrong contract: the logo is not in use either."""
    logo = _file(world, "logo", picture())
    read = world.client.branding(world.partner_id)
    with pytest.raises(Malformed):
        world.client.save_branding(
            world.partner_id, replace(_change(read), logo_file=logo.id, contract_file="x"), author="x"
        )
    assert world.query("SELECT id FROM files WHERE in_use") == []
    assert world.client.resolve_host("one.example").logo == ""
