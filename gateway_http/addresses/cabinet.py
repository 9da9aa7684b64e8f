"""Addresses of the cabinet of an advertiser."""

from gateway_http.addresses.methods import FORM, GET, POST, Routes

ROUTES: Routes = {
    "cabinet.messages": ("/cabinet/messages", FORM),
    "cabinet.estimate": ("/cabinet/messages/estimate", POST),
    "cabinet.message": ("/cabinet/messages/<uuid:message_id>", GET),
    "cabinet.message_cancel": ("/cabinet/messages/<uuid:message_id>/cancel", POST),
    "cabinet.messages_cancel": ("/cabinet/messages/cancel", POST),
    "cabinet.sending_pause": ("/cabinet/sending/pause", POST),
    "cabinet.sending_resume": ("/cabinet/sending/resume", POST),
    "cabinet.mailing_pause": ("/cabinet/mailings/pause", POST),
    "cabinet.mailing_resume": ("/cabinet/mailings/resume", POST),
    "cabinet.mailing_cancel": ("/cabinet/mailings/cancel", POST),
    "cabinet.incoming": ("/cabinet/incoming", GET),
    "cabinet.stop_list": ("/cabinet/stop-list", FORM),
    "cabinet.stop_remove": ("/cabinet/stop-list/remove", POST),
    "cabinet.senders": ("/cabinet/senders", FORM),
    "cabinet.api_keys": ("/cabinet/api-keys", FORM),
    "cabinet.api_key_withdraw": ("/cabinet/api-keys/withdraw", POST),
    "cabinet.smpp": ("/cabinet/smpp", FORM),
    "cabinet.smpp_password": ("/cabinet/smpp/password", POST),
    "cabinet.finances": ("/cabinet/finances", GET),
    "cabinet.promo_redeem": ("/cabinet/finances/promo", POST),
    "cabinet.level_save": ("/cabinet/finances/level", POST),
    "cabinet.payment_start": ("/cabinet/finances/payments", POST),
    "cabinet.payment_go": ("/cabinet/finances/payments/<uuid:payment_id>", GET),
    "cabinet.invoice_new": ("/cabinet/finances/invoices/new", FORM),
    "cabinet.invoice_pdf": ("/cabinet/finances/invoices/<uuid:invoice_id>/pdf", GET),
    "cabinet.contract": ("/cabinet/contract", GET),
    "cabinet.contract_file": ("/cabinet/contract/file", GET),
    "cabinet.oferta": ("/cabinet/oferta", FORM),
}
