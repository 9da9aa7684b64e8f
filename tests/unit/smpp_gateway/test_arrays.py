from datetime import UTC, datetime

from services.smpp_gateway.arrays import octets, plain, quoted, repeated


def test_numbers_booleans_and_ids_stand_as_they_are() -> None:
    assert plain([1, None, True, "01a202b2"]) == "{1,NULL,True,01a202b2}"


def test_moments_keep_their_zone() -> None:
    moment = datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert repeated([moment, None, moment]) == "{2026-11-22 10:00:00+00:00,NULL,2026-11-22 10:00:00+00:00}"


def test_zero_and_false_are_two_things_of_one_kind_each() -> None:
    assert repeated([0, 1, 0]) == "{0,1,0}"
    assert repeated([False, True]) == "{False,True}"


def test_texts_are_quoted_so_that_nothing_in_them_counts() -> None:
    assert quoted(['a,b"c\\d', "NULL", "", None, "{}"]) == '{"a,b\\"c\\\\d","NULL","",NULL,"{}"}'


def test_octets_go_in_hexadecimal() -> None:
    assert octets([b"\x00\xff", None]) == '{"\\\\x00ff",NULL}'


def test_an_empty_column_is_an_empty_array() -> None:
    assert plain([]) == repeated([]) == quoted([]) == octets([]) == "{}"
