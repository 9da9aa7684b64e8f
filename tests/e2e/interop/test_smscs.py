"""Our link below SMSCs that others wrote, whose ids and receipts have forms of their own."""

import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway.receipt import parse_receipt
from tests.e2e.interop.smscs import SMSCS, TEXTS, LinkStories, LinkStory, ids_of, submissions


@pytest.fixture(params=SMSCS)
def story(request: pytest.FixtureRequest, link_stories: LinkStories) -> LinkStory:
    return link_stories.of(request.param)


def test_each_kind_of_bind_is_accepted_and_unbound(story: LinkStory) -> None:
    for pipeline in story.pipelines.values():
        assert [state.name for state in pipeline.states] == ["connecting", "bound", "down"]
    assert len(story.of("bound")) == len(story.of("unbound")) == 3


def test_each_submit_gets_its_response_with_an_id_of_its_own(story: LinkStory) -> None:
    responses = story.pipeline.responses
    assert {response.command_status for response in responses} == {c.ESME_ROK}
    assert sorted(response.key for response in responses) == sorted(one.key for one in submissions())
    assert len(ids_of(responses)) == len(responses)
    assert not story.pipeline.lost


def test_each_receipt_is_read_in_the_form_of_the_smsc_and_acknowledged(story: LinkStory) -> None:
    receipts = [parse_receipt(pdu) for pdu in story.pipeline.receipts]
    assert {receipt.state for receipt in receipts if receipt} == {"delivered"}
    assert {receipt.smsc_message_id for receipt in receipts if receipt} == ids_of(story.pipeline.responses)
    acknowledged = story.of("receipt") + story.of("receipted")
    assert [event["status"] for event in acknowledged] == [c.ESME_ROK] * len(receipts)


def test_what_npm_smpp_reads_is_what_we_wrote(link_stories: LinkStories) -> None:
    read: dict[str, str] = {}
    for event in sorted(link_stories.of("npm-smpp").of("submit"), key=lambda event: int(event["id"], 16)):
        read[event["to"]] = read.get(event["to"], "") + event["text"]
    assert read == TEXTS
