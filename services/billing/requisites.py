"""Check digits of Russian requisites. Every function takes the bare digits, as they are stored. No SQL, no clock.

Sources: INN, orders of the Federal Tax Service (python-stdnum has its weights); OGRN, order of the Ministry of Finance
of 30 October 2017 No. 165n; accounts, the Bank of Russia's order of 8 September 1997 No. 515 on the control key of an
account number; BIK, its regulation No. 732-P.
"""

import re

from stdnum.ru import inn as stdnum_inn

COMPANY_INN_DIGITS = 10
PERSON_INN_DIGITS = 12
_WEIGHTS = (7, 1, 3)
_ROUBLES = "810"
#: The last digits of the BIK of the Bank of Russia's own offices: an account there has no correspondent account.
_CENTRAL_BANK = frozenset({"000", "001", "002"})

_is_digits = re.compile(r"[0-9]+").fullmatch
_is_kpp = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}").fullmatch
_is_bik = re.compile(r"04[0-9]{7}").fullmatch
_is_account = re.compile(r"[0-9]{20}").fullmatch


def is_inn(inn: str) -> bool:
    """Ten digits of a company or twelve of a person; all zeros fit the sum and are nobody's."""
    return _is_digits(inn) is not None and inn.strip("0") != "" and stdnum_inn.is_valid(inn)


def is_ogrn(ogrn: str, inn: str) -> bool:
    """Thirteen digits beside a company's INN, fifteen that begin with 3 or 4 beside a person's.

    The last digit is the last one of the remainder of the others by 11 or 13. (That of python-stdnum knows no
    remainder of two digits by 13, and so refuses three numbers of thirteen that are right.)
    """
    company = len(inn) == COMPANY_INN_DIGITS
    digits, divisor, firsts = (13, 11, "123456789") if company else (15, 13, "34")
    if _is_digits(ogrn) is None or len(ogrn) != digits or ogrn[0] not in firsts:
        return False
    return int(ogrn[:-1]) % divisor % 10 == int(ogrn[-1])


def is_kpp(kpp: str) -> bool:
    """It has no check digit: four digits of the tax office, two of the reason, three of the number."""
    return _is_kpp(kpp) is not None


def is_bik(bik: str) -> bool:
    """It has no check digit: nine digits, of a bank in Russia."""
    return _is_bik(bik) is not None


def needs_correspondent_account(bik: str) -> bool:
    return bik[-3:] not in _CENTRAL_BANK


def is_settlement_account(account: str, bik: str) -> bool:
    """An account in roubles whose key fits the bank."""
    bank = bik[-3:] if needs_correspondent_account(bik) else _office(bik)
    return _is_account(account) is not None and account[5:8] == _ROUBLES and _key_fits(bank, account)


def is_correspondent_account(account: str, bik: str) -> bool:
    """The bank's own account with the Bank of Russia; its last three digits are those of the BIK."""
    return (
        _is_account(account) is not None
        and account.startswith("301")
        and account[-3:] == bik[-3:]
        and _key_fits(_office(bik), account)
    )


def _office(bik: str) -> str:
    """The office of the Bank of Russia that keeps the bank's account."""
    return "0" + bik[4:6]


def _key_fits(bank: str, account: str) -> bool:
    """The digits of the bank and the account, weighted 7-1-3 again and again, add up to a multiple of ten."""
    return sum(int(digit) * _WEIGHTS[place % 3] for place, digit in enumerate(bank + account)) % 10 == 0
