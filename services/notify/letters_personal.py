"""Letters to people who sign in: their sign-in data, the link to a new password, and that a password was changed. Pure."""

from datetime import datetime
from typing import Any

from contracts.accounts_recovery import PersonalLetter
from kit.clock import from_rfc3339
from services.notify.letters import NO_ADDRESS, Template, filled_known, signed
from services.notify.letters_own import SECRETS
from services.notify.mail import one_line

#: A partner writes no text of its own for this one.
PASSWORD_CHANGED = Template(
    subject="Пароль изменён",
    text=(
        "Здравствуйте, {NAME}!\n\n"
        "Пароль для логина {LOGIN} изменён, все прежние сеансы завершены.\n"
        "Если это сделали не вы, сразу восстановите пароль на странице входа и сообщите своему менеджеру.\n"
    ),
    placeholders=frozenset({"LOGIN", "NAME"}),
)


def personal_row(letter: PersonalLetter, template: Template, now: datetime) -> dict[str, Any]:
    """The row of the letter. One that holds a secret keeps its text with the places for it, and the values sealed."""
    # The secrets are put in later: a name must not look like a place for them.
    name = (letter.name or letter.login).translate({ord("{"): "(", ord("}"): ")"})
    values = {"LOGIN": letter.login, "NAME": name}
    row: dict[str, Any] = {
        "id": letter.id,
        "partner_id": letter.partner_id,
        "advertiser_id": letter.advertiser_id,
        "kind": letter.kind,
        "sender_name": letter.brand,
        "recipient": letter.email,
        "subject": one_line(filled_known(template.subject, values)),
        "body": "",
        "state": "waiting",
        "error": "",
        "attempts": 0,
        "created_at": now,
        "due_at": now,
        "urgent": True,
        "useless_at": from_rfc3339(letter.useless_at) if letter.useless_at else None,
        "key_id": None,
        "sealed": None,
    }
    if not letter.email:
        return row | {"state": "failed", "error": NO_ADDRESS}
    row["body"] = signed(filled_known(template.text, values), letter.brand)
    if letter.sealed:
        row |= {"key_id": letter.key_id, "sealed": letter.sealed}
    return row


def filled(body: str, secrets: dict[str, str]) -> str:
    """The text of a letter with its secrets, as it goes out."""
    return filled_known(body, {name: one for name, one in secrets.items() if name in SECRETS})
