"""Random passwords kept in a file that its owner alone can read."""

import json
import os
import secrets
from pathlib import Path

_PASSWORD_BYTES = 24


class SecretsFile:
    """A JSON object of name → password, mode 0600, replaced as a whole so that a crash never leaves half of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def get(self, name: str) -> str:
        """The password of `name`, made and stored at the first call."""
        return self.get_all([name])[name]

    def get_all(self, names: list[str]) -> dict[str, str]:
        """The passwords of all names; the missing ones are made and stored in one write."""
        missing = [name for name in names if name not in self._known]
        if missing:
            self._known.update({name: secrets.token_urlsafe(_PASSWORD_BYTES) for name in missing})
            self._write()
        return {name: self._known[name] for name in names}

    def _write(self) -> None:
        fresh = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self._known, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
