"""Letters whose text a partner may write itself: the built-in texts, what may stand in them, and examples. Pure."""

from contracts.errors import Malformed
from contracts.notify_settings import LETTER_PLACEHOLDERS, PROBLEMS
from services.notify.letters import SMALL_BALANCE, Template
from services.notify.mail import one_line

MOST_SUBJECT = 200
MOST_TEXT = 10_000
#: Values that are nobody's but the recipient's: they stand in no subject, which is listed and kept.
SECRETS = frozenset({"PASSWORD", "FORGET"})
#: Without these a letter does not do what it is for.
NEEDED = {"registration": "LOGIN", "recovery": "FORGET"}

BUILT_IN: dict[str, Template] = {
    "registration": Template(
        subject="Регистрация",
        text=(
            "Здравствуйте, {NAME}!\n\n"
            "Для вас открыт кабинет рассылок.\n\n"
            "Логин: {LOGIN}\n"
            "Пароль: {PASSWORD}\n\n"
            "После первого входа смените пароль.\n"
        ),
        placeholders=frozenset(LETTER_PLACEHOLDERS["registration"]),
    ),
    "recovery": Template(
        subject="Восстановление пароля",
        text=(
            "Здравствуйте, {NAME}!\n\n"
            "Чтобы задать новый пароль для логина {LOGIN}, откройте эту ссылку:\n"
            "{FORGET}\n\n"
            "Она действует 30 минут и только один раз.\n"
            "Если вы не просили о новом пароле, ничего не делайте: прежний остаётся в силе.\n"
        ),
        placeholders=frozenset(LETTER_PLACEHOLDERS["recovery"]),
    ),
    "small_balance": SMALL_BALANCE,
}
#: What stands in a preview.
EXAMPLES = {
    "LOGIN": "example",
    "PASSWORD": "S3cret-example",
    "NAME": "ООО «Пример»",
    "FORGET": "https://lk.example.ru/recovery/…",
    "SMALL_BALANCE": "1000,00 ₽",
}


def template_of(kind: str, subject: str, text: str) -> Template:
    """The partner's own letter; the built-in one where it has none."""
    built_in = BUILT_IN[kind]
    return Template(subject, text, built_in.placeholders) if subject else built_in


def previewed(kind: str, subject: str, text: str) -> tuple[str, str, list[str]]:
    """(subject, text, unknown placeholders) with examples in place of the known ones."""
    template = Template(one_line(subject), tidied(text), BUILT_IN[kind].placeholders)
    unknown = template.problems()
    return *template.render_known({name: EXAMPLES[name] for name in template.placeholders}), unknown


def tidied(text: str) -> str:
    """With one kind of line end and none at the outer edges."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n ") + "\n" if text.strip() else ""


def check(kind: str, subject: str, text: str) -> None:
    """`Malformed` for a letter that can't be sent as it is written; a placeholder nobody would fill in is named."""
    errors = [*_subject_errors(kind, subject), *_text_errors(kind, text)]
    if errors:
        raise Malformed(errors[0]["detail"], {"errors": errors})


def _subject_errors(kind: str, subject: str) -> list[dict[str, str]]:
    if not subject.strip() or len(subject) > MOST_SUBJECT or not subject.isprintable():
        return [_problem("/subject", "letter_subject_invalid")]
    allowed = BUILT_IN[kind].placeholders - SECRETS
    return _unknown("/subject", Template(subject, "", allowed))


def _text_errors(kind: str, text: str) -> list[dict[str, str]]:
    if not text.strip() or len(text) > MOST_TEXT or not _storable(text):
        return [_problem("/text", "letter_text_invalid")]
    unknown = _unknown("/text", Template("", text, BUILT_IN[kind].placeholders))
    needed = NEEDED.get(kind)
    if needed and f"{{{needed}}}" not in text:
        unknown.append(_problem("/text", "placeholder_missing", needed))
    return unknown


def _storable(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 can hold it: no NUL and no lone surrogate."""
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text


def _unknown(pointer: str, template: Template) -> list[dict[str, str]]:
    names = template.problems()
    return [_problem(pointer, "placeholder_unknown", *names)] if names else []


def _problem(pointer: str, code: str, *names: str) -> dict[str, str]:
    """`names`: the placeholders in question, at most ten of them are told."""
    listed = ", ".join(f"{{{name}}}" for name in names[:10])
    told = PROBLEMS[code]
    return {"pointer": pointer, "code": code, "detail": f"{listed}: {told}" if names else told}
