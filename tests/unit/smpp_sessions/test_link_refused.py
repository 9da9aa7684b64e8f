"""What a link says of an address where nobody listens."""

from golub.local.ports import LOOPBACK, free_port
from services.smpp_gateway.link_connect import CannotConnect, connect
from services.smpp_gateway.link_reasons import code_of
from services.smpp_gateway.link_settings import LinkSettings


def test_a_refused_connection_is_told_in_words_and_not_by_the_name_of_its_number() -> None:
    port = free_port()
    try:
        connect(LinkSettings(host=LOOPBACK, port=port, system_id="golub", password="secret"))
    except CannotConnect as error:
        code, values = code_of(str(error))
    assert (code, values) == ("cannot_connect", {"where": f"{LOOPBACK}:{port}", "why": "Connection refused"})
