"""The plain loop that reads messages has the verdicts of the schemas that the OpenAPI document shows."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from contracts.errors import Malformed
from gateway_http.api.parsing import parse_submission
from gateway_http.api.schemas import ManyMessages, OneTextToMany

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words, st.lists(words, max_size=2))
mostly_words = st.one_of(words, words, words, values, st.sampled_from(["x" * 101, "x" * 1601]))
messages = st.one_of(
    st.fixed_dictionaries(
        {"recipient": mostly_words, "sender": mostly_words, "text": mostly_words},
        optional={"client_ref": st.one_of(mostly_words, st.just("x" * 101)), "colour": values},
    ),
    st.dictionaries(words, values, max_size=2),
    values,
)
sending = {
    "type": st.one_of(st.sampled_from(["service", "transactional"]), values),
    "send_at": st.one_of(st.just("2026-12-01T09:30:00+03:00"), st.just("x" * 41), values),
    "validity_minutes": st.one_of(st.integers(-1, 10_081), values),
    "local_hours": st.one_of(
        st.fixed_dictionaries(
            {"from": st.sampled_from(["09:00", "24:00", "9:00", 9])}, optional={"to": st.just("21:00"), "x": values}
        ),
        values,
    ),
}
separate = st.fixed_dictionaries(
    {"messages": st.one_of(st.lists(messages, max_size=3), values)}, optional={"sender": values, **sending}
)
shared = st.fixed_dictionaries(
    {},
    optional={
        "sender": mostly_words,
        "text": mostly_words,
        "recipients": st.one_of(st.lists(mostly_words, max_size=3), values),
        "colour": values,
        **sending,
    },
)


def accepted_by_parsing(document: Any) -> bool:
    try:
        parse_submission(document)
    except Malformed:
        return False
    return True


def accepted_by(schema: Schema, document: Any) -> bool:
    try:
        schema.load(document)
    except ValidationError:
        return False
    return True


@given(st.one_of(separate, shared, values))
def test_parsing_and_the_published_schemas_agree_on_every_document(document: Any) -> None:
    published = accepted_by(OneTextToMany(), document) or accepted_by(ManyMessages(), document)
    assert accepted_by_parsing(document) == published


@given(st.lists(st.fixed_dictionaries({"recipient": words, "sender": words, "text": words}), min_size=1, max_size=5))
def test_messages_come_out_as_they_went_in(sent: list[dict[str, str]]) -> None:
    items = parse_submission({"messages": sent}).items
    assert [{"recipient": one.recipient, "sender": one.sender, "text": one.text} for one in items] == sent
