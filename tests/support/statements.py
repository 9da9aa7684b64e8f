"""A bank's statement to import."""

from tests.unit.billing.requisites_examples import BUYER, SELLER


def statement(purpose: str, payer: str = BUYER.name) -> str:
    """As a bank exports it for 1C: one payment of the buyer to the account of the seller."""
    lines = f"""1CClientBankExchange
ВерсияФормата=1.03
Кодировка=Windows
ДатаНачала=20.11.2026
ДатаКонца=22.11.2026
РасчСчет={SELLER.account}
СекцияРасчСчет
ДатаНачала=20.11.2026
ДатаКонца=22.11.2026
РасчСчет={SELLER.account}
КонецРасчСчет
СекцияДокумент=Платежное поручение
Номер=418
Дата=20.11.2026
Сумма=1234.56
ПлательщикСчет=40702810000000000002
ДатаПоступило=21.11.2026
ПлательщикИНН={BUYER.inn}
Плательщик1={payer}
ПолучательСчет={SELLER.account}
ПолучательИНН={SELLER.inn}
Получатель1={SELLER.name}
НазначениеПлатежа={purpose}
КонецДокумента
КонецФайла
"""
    return lines.replace("\n", "\r\n")
