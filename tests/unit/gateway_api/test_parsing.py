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
separate = st.fixed_dictionaries(
    {"messages": st.one_of(st.lists(messages, max_size=3), values)}, optional={"sender": values}
)
shared = st.fixed_dictionaries(
    {},
    optional={
        "sender": mostly_words,
        "text": mostly_words,
        "recipients": st.one_of(st.lists(mostly_words, max_size=3), values),
        "colour": values,
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
