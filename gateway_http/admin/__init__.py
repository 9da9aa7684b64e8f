"""The panel of a partner and its managers."""

from flask import Blueprint

from gateway_http.admin import (
    advertisers,
    advertisers_list,
    advertisers_mail,
    advertisers_new,
    balance,
    branding,
    contract_mark,
    domains,
    enter,
    entries,
    exports,
    incoming,
    invoices,
    invoices_issue,
    journal,
    letters,
    letters_sent,
    mail,
    managers,
    managers_actions,
    moderation,
    moderation_rules,
    notices,
    oferta,
    packages,
    payments,
    payments_bank,
    promo,
    requisites,
    sender_names,
    sender_settings,
    senders,
    smpp,
    statistics,
    tariffs,
    time_zones,
    waiting,
)

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

for room in (
    advertisers_list,
    advertisers_new,
    advertisers,
    advertisers_mail,
    contract_mark,
    exports,
    incoming,
    balance,
    entries,
    packages,
    senders,
    smpp,
    statistics,
    tariffs,
):
    room.install(blueprint)
for room in (enter, managers, managers_actions):
    room.install(blueprint)
for room in (mail, notices, letters, letters_sent, time_zones):
    room.install(blueprint)
for room in (
    invoices_issue,
    invoices,
    payments_bank,
    payments,
    promo,
    requisites,
    branding,
    waiting,
    oferta,
    domains,
    journal,
):
    room.install(blueprint)
for room in (moderation, moderation_rules, sender_names, sender_settings):
    room.install(blueprint)
