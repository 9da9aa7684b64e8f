"""Which link a message takes where no routes are configured."""

from services.smpp_gateway.routing import FIRST_LINK, LinkStatus, NoRoutes
from tests.unit.smpp_gateway.samples import work


def router(*links: LinkStatus) -> NoRoutes:
    return NoRoutes(lambda: links)


def test_without_routes_a_message_takes_the_first_enabled_link_by_name() -> None:
    links = LinkStatus("c"), LinkStatus("b"), LinkStatus("a", enabled=False)
    assert router(*links).links_of([work(), work()]) == ["b", "b"]


def test_a_link_that_is_down_is_passed_over_while_another_is_up() -> None:
    assert router(LinkStatus("a", up=False), LinkStatus("b")).links_of([work()]) == ["b"]


def test_where_every_link_is_down_a_message_waits_for_the_first() -> None:
    assert router(LinkStatus("b", up=False), LinkStatus("a", up=False)).links_of([work()]) == ["a"]


def test_where_there_is_no_link_a_message_waits_for_the_first_one_to_come() -> None:
    assert router().links_of([work()]) == [FIRST_LINK]


def test_a_message_whose_link_died_goes_to_the_next_that_is_up() -> None:
    links = LinkStatus("a"), LinkStatus("b"), LinkStatus("c", up=False), LinkStatus("d")
    assert router(*links).alternative(work(link="a"), {"a", "b"}) == "d"
    assert router(*links).alternative(work(link="a"), {"a", "b", "d"}) is None


def test_without_routes_nothing_is_refused_for_want_of_one() -> None:
    assert router().refusal_of(work()) is None
