"""Passwords at rest: what opens them, and what does not."""

import pytest

from contracts.errors import Conflict, Unavailable
from kit.settings import Settings
from services.billing.secrets import Sealed, Vault, vault_of

SECRET, OTHER_SECRET = b"a" * 32, b"b" * 32
PASSWORDS = {"password1": "first word", "password2": "второе слово"}


def test_what_is_sealed_opens_again_and_is_not_readable_meanwhile() -> None:
    vault = Vault(SECRET)
    sealed = vault.seal("shop", PASSWORDS)
    assert Vault(SECRET).open("shop", sealed) == PASSWORDS
    assert "first" not in sealed.ciphertext
    assert vault.seal("shop", PASSWORDS).ciphertext != sealed.ciphertext


def test_a_changed_secret_is_recognised_by_the_id_of_the_key() -> None:
    sealed, later = Vault(SECRET).seal("shop", PASSWORDS), Vault(OTHER_SECRET)
    assert later.key_id != sealed.key_id
    assert not later.opens(sealed)
    with pytest.raises(Conflict, match="was changed: enter"):
        later.open("shop", sealed)


def test_the_id_of_a_key_is_no_part_of_a_key() -> None:
    vault = Vault(SECRET)
    assert vault.key_id == Vault(SECRET).key_id
    assert vault.key_id not in SECRET.hex()


@pytest.mark.parametrize("owner", ["another shop", ""])
def test_a_ciphertext_does_not_open_for_another_owner(owner: str) -> None:
    vault = Vault(SECRET)
    with pytest.raises(Conflict, match="can't be read"):
        vault.open(owner, vault.seal("shop", PASSWORDS))


def test_a_damaged_ciphertext_is_told_without_what_it_holds() -> None:
    vault = Vault(SECRET)
    sealed = vault.seal("shop", PASSWORDS)
    with pytest.raises(Conflict) as refused:
        vault.open("shop", Sealed(sealed.key_id, sealed.ciphertext[:-8] + "AAAAAAA="))
    assert refused.value.__suppress_context__


def test_a_process_without_a_secret_answers_instead_of_ending() -> None:
    with pytest.raises(Unavailable):
        vault_of(Settings())
    with pytest.raises(Unavailable):
        vault_of(Settings(secret_file="/nonexistent/secret"))
    assert vault_of(Settings(secret_key="k" * 32)).key_id == Vault(b"k" * 32).key_id
