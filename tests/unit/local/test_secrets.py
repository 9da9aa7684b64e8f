"""Passwords kept in a private file."""

from pathlib import Path

from golub.local.secrets import SecretsFile


def test_a_password_is_the_same_at_every_start(tmp_path: Path) -> None:
    first = SecretsFile(tmp_path / "passwords.json").get("golub_billing")
    assert SecretsFile(tmp_path / "passwords.json").get("golub_billing") == first


def test_every_name_has_a_password_of_its_own(tmp_path: Path) -> None:
    passwords = SecretsFile(tmp_path / "passwords.json").get_all(["a", "b", "c"])
    assert len(set(passwords.values())) == 3
    assert all(len(password) >= 24 for password in passwords.values())


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    SecretsFile(tmp_path / "passwords.json").get("a")
    assert (tmp_path / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["passwords.json"]
