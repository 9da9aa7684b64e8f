"""Robokassa: the payer is sent to its page by a signed address, and it calls ResultURL back, signed as well.

Source: docs.robokassa.ru, "Интерфейс оплаты" and "Оповещение об оплате на ResultURL". A signature is the hash, in
hexadecimal digits of any case, of values joined by colons:

    start:      MerchantLogin:OutSum:InvId:Password1[:Shp_…=…]
    ResultURL:  OutSum:InvId:Password2[:Shp_…=…]

The fields of the shop (`Shp_…`) stand in alphabetical order as `name=value`. OutSum is signed as it is written, so it is
verified as text and compared as a number. The answer to a ResultURL call is `OK` and the InvId.
"""

import hashlib
import hmac
import re
from decimal import Decimal
from typing import NoReturn
from urllib.parse import urlencode

from contracts.billing_payments import SIGNATURE_ALGORITHMS
from contracts.errors import Forbidden
from kit.money import format_money
from services.billing.providers.protocol import Callback, Order, Shop

ADDRESS = "https://auth.robokassa.ru/Merchant/Index.aspx"
#: Its own field names for the shop; ours says which payment it is, so that another number of the shop is not taken for it.
SHOP_FIELD = "shp_"
REFERENCE = "Shp_payment"

_number = re.compile(r"[1-9][0-9]{0,17}").fullmatch
_sum = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,6})?").fullmatch


class Robokassa:
    name = "robokassa"
    password_names: tuple[str, ...] = ("password1", "password2")
    algorithms: tuple[str, ...] = SIGNATURE_ALGORITHMS

    def start(self, shop: Shop, order: Order) -> str:
        amount = format_money(order.amount)
        own = {REFERENCE: order.reference}
        values = [shop.login, amount, str(order.number), shop.passwords["password1"]]
        query = {
            "MerchantLogin": shop.login,
            "OutSum": amount,
            "InvId": order.number,
            "Description": shop.description,
            "SignatureValue": signature(shop.algorithm, values, own),
            "Culture": "ru",
            "Encoding": "utf-8",
            **({"IsTest": "1"} if shop.test else {}),
            **own,
        }
        return f"{ADDRESS}?{urlencode(query)}"

    def verify(self, shop: Shop, fields: dict[str, str]) -> Callback:
        amount, number, given = (fields.get(name, "") for name in ("OutSum", "InvId", "SignatureValue"))
        own = {name: value for name, value in fields.items() if name.lower().startswith(SHOP_FIELD)}
        expected = signature(shop.algorithm, [amount, number, shop.passwords["password2"]], own)
        # As bytes: compare_digest takes no other text than ASCII.
        if not hmac.compare_digest(expected.encode(), given.lower().encode()):
            _refuse("The signature of the payment system is wrong.")
        if not (_number(number) and _sum(amount)):
            _refuse("The payment system sent a number or a sum that can't be read.")
        return Callback(int(number), fields.get(REFERENCE, ""), Decimal(amount), f"OK{number}")


def signature(algorithm: str, values: list[str], own: dict[str, str]) -> str:
    """The hash of the values and of the shop's own fields, as hexadecimal digits in small letters."""
    named = [f"{name}={own[name]}" for name in sorted(own)]
    return hashlib.new(algorithm, ":".join([*values, *named]).encode(), usedforsecurity=False).hexdigest()


def _refuse(sentence: str) -> NoReturn:
    raise Forbidden(sentence)
