"""One tape for all that foreign peers say, so that tshark can judge the whole of it."""

import pytest

from tests.e2e.interop import kannel_story as kannel
from tests.e2e.interop.smscs import LinkStories
from tests.e2e.interop.stories import Stories
from tests.e2e.platform import Platform
from tests.support.tape import Tape


@pytest.fixture(scope="session")
def tape() -> Tape:
    return Tape()


@pytest.fixture(scope="session")
def stories(embedded: Platform, tape: Tape) -> Stories:
    return Stories(embedded, tape)


@pytest.fixture(scope="session")
def link_stories(tape: Tape) -> LinkStories:
    return LinkStories(tape)


@pytest.fixture(scope="session")
def kannel_story(embedded: Platform, tape: Tape, tmp_path_factory: pytest.TempPathFactory) -> kannel.KannelStory:
    return kannel.tell(embedded, tape, tmp_path_factory.mktemp("kannel"))
