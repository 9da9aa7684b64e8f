"""Money is taken before a message goes, on both sides or on neither, exactly to the limit."""

from tests.service.billing.office import Office, message


def test_a_debit_takes_the_sell_price_from_the_advertiser_and_the_buy_price_from_the_partner(office: Office) -> None:
    partner = office.partner(amount=1_000)
    advertiser = office.advertiser(partner, 1_000)
    item = message(advertiser, partner, parts=3)
    [result] = office.debit(item)
    assert (result.refusal, result.sell_amount, result.buy_amount, result.held) == (None, 300, 180, False)
    assert (office.balance(advertiser).available, office.balance(advertiser).spent) == (700, 300)
    assert (office.balance(partner).available, office.balance(partner).spent) == (820, 180)
    assert office.audit() == []
