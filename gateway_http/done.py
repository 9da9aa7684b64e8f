"""A request that has had its effect already and only has to be told of it by Flask."""

from dataclasses import dataclass

from contracts.accounts import ApiPrincipal, HostOwner
from contracts.smpp_gateway import Accepted
from gateway_http.submission import Submission

#: Where it stands in the WSGI environment. No header can be named so.
DONE = "golub.done"


@dataclass(frozen=True, slots=True)
class Done:
    """`outcome`: an answer per message, or what went wrong."""

    tenant: HostOwner
    caller: ApiPrincipal
    submission: Submission
    outcome: list[Accepted] | Exception

    def answers(self) -> list[Accepted]:
        """Raises what went wrong."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome
