"""Every endpoint that the templates name, with the path and methods it is meant to have.

Views are registered under these names, and a test holds templates and list together.
"""

from gateway_http.addresses import admin, cabinet, platform, public
from gateway_http.addresses.methods import Routes

ROUTES: Routes = public.ROUTES | admin.ROUTES | cabinet.ROUTES | platform.ROUTES
