"""What notify says of letters that were not sent, and of mail servers, as msgids."""

from gateway_http.i18n import N_

PLAIN = (
    N_("No mail server is configured: the letter waits for GOLUB_SMTP_URL."),
    N_("Too late: nobody needs the letter any more"),
    N_("What the letter says can't be read: the secret key of the platform was changed"),
    N_("No address: the advertiser has given no e-mail."),
    N_("No address: there is no such advertiser any more."),
    N_("No address: the operator has given no e-mail of the partner."),
    N_("The name of the server was not found: check its spelling"),
    N_("The name leads to an address that is not one of the public internet"),
    N_("The server doesn't accept connections at this port: check the port, or ask the administrator of the server"),
    N_("The server did not answer in time: check the address and the port; a firewall may be in the way"),
    N_("The certificate of the server can't be trusted: it is of another name, has ended, or is self-signed"),
    N_("No encrypted connection: the port is probably for another kind of protection"),
    N_("The server doesn't offer STARTTLS at this port"),
    N_("What answers at this port is no SMTP server, or it wants TLS at once"),
    N_("The server takes no user and password at this port"),
    N_("The server wants a user and a password"),
    N_("The server refused the user or the password"),
    N_("The server refused the address of the sender"),
    N_("The server refused the recipient"),
    N_("The server refused the letter"),
    N_("The password can't be read any more: enter it again"),
    N_("No mail server is set, neither yours nor the platform's"),
    N_("The letter was not taken"),
)
WITH_VALUES = (
    N_("%(names)s: Nobody would fill in what stands in braces here"),
    N_("%(names)s: Without it the letter is of no use"),
    N_("The mail server refused the recipient: %(words)s"),
    N_("The mail server refused the letter: %(words)s"),
    N_("The letter can't be written: %(words)s"),
    N_("The letter was not taken: %(words)s"),
    N_("The mail server can't be used: %(words)s"),
)
