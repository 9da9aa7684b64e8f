"""The search numbers: a row that holds the sought text always has them."""

from hypothesis import given
from hypothesis import strategies as st

from services.accounts.search import MOST_NUMBERS, index_of, needle_of, normal

WORDS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.lists(WORDS, max_size=5), st.data())
def test_any_part_of_a_field_is_found(fields: list[str], data: st.DataObject) -> None:
    text, numbers = index_of("partner", fields)
    line = data.draw(st.sampled_from(text.split("\n")))
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(line)), st.integers(0, len(line)))))
    needle, wanted = needle_of("partner", line[start:end])
    assert needle in text
    assert set(wanted) <= set(numbers)


def test_letter_case_spaces_and_the_letter_yo_do_not_matter() -> None:
    assert normal("  Семёнов\t ПЁТР ") == normal("семенов петр") == "семенов петр"


@given(st.text(st.sampled_from("еЕёЁ\u0308\u0301\u0323и\u0306İſßﬁ \u00a0"), max_size=8))
def test_a_part_of_a_normal_text_is_normal(text: str) -> None:
    whole = normal(text)
    for start in range(len(whole)):
        for end in range(start, len(whole) + 1):
            assert normal(whole[start:end]) == whole[start:end].strip()


def test_partners_have_numbers_of_their_own() -> None:
    one, two = (set(index_of(partner, ["ООО «Ромашка»"])[1]) for partner in ("one", "two"))
    assert not one & two


@given(st.text(max_size=300))
def test_numbers_fit_the_column_and_are_few_for_a_needle(text: str) -> None:
    numbers = index_of("partner", [text.encode("utf-8", "replace").decode()])[1]
    assert all(-(2**31) <= number < 2**31 for number in numbers)
    assert len(needle_of("partner", text)[1]) <= MOST_NUMBERS
