"""What billing says of requisites, invoices and promo codes; `sentences.py` tells how such sentences are written down."""

from gateway_http.i18n import N_

PLAIN = (
    N_("An invoice needs the requisites of who issues it: the partner has given none yet"),
    N_("The partner has no such promo code"),
    N_("There is no such promo code, or it can't be used now"),
    N_("This promo code has been used up"),
    N_("Too many attempts to enter a promo code today: come again tomorrow"),
    N_("Too many invoices were issued today: pay one of them, or come again tomorrow"),
    N_("This promo code was used by this advertiser already"),
    N_("There is a promo code of this spelling already: choose another"),
    N_("This code was used: its kind can't be changed any more, make a new code"),
)
WITH_VALUES = (
    N_("An INN of %(company)s digits (a company) or %(person)s (a person) whose check digits are right"),
    N_("An OGRN of %(company)s digits for a company, an OGRNIP of %(person)s for a person, whose check digit is right"),
    N_("A KPP of %(digits)s characters for a company, and none for a person"),
    N_("A KPP of %(digits)s characters, or nothing"),
    N_("A BIK of %(digits)s digits that begins with 04"),
    N_("%(digits)s digits of an account in roubles at the bank of this BIK: a digit here or in the BIK is wrong"),
    N_("%(digits)s digits of the correspondent account of the bank of this BIK: a digit here or there is wrong"),
    N_("An account with the Bank of Russia itself has no correspondent account: leave it empty"),
    N_("A rate of VAT in percent (%(rates)s), or none"),
    N_("A number from %(least)s to %(most)s"),
    N_("A PNG or JPEG picture in base64, of at most %(size)s KiB and %(side)s pixels a side; choose another file"),
    N_("A text of %(least)s to %(most)s characters without line breaks and double spaces"),
    N_("Say why, in %(least)s to %(most)s characters"),
    N_("A sum above 0 in whole kopecks: banks know nothing smaller"),
    N_("A sum is a whole number from 0 to %(most)s (1/10,000 of the currency), above 0"),
    N_("A code of %(least)s to %(most)s letters and digits, with - and _ between them"),
    N_("Hundredths of a percent from %(least)s to %(most)s"),
    N_("%(least)s to %(most)s days"),
    N_("One of %(choices)s"),
    N_("A code ends after it starts"),
    N_("A time as RFC 3339, such as %(example)s, in the years %(first)s to %(last)s"),
    N_("The next number of an invoice is %(number)s: it can only be made greater"),
    N_("The invoice %(number)s was cancelled: it can't be paid, issue another one"),
    N_("The invoice %(number)s is paid: correct its package instead"),
)
