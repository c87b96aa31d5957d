"""Checks of each request before Chainlit's server, in their order; web/server/middleware_stack.py puts them there."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from starlette.middleware import Middleware

from web.auth.ownership import NameOf, OwnConnectionCheck
from web.server import connections, failures, middleware_stack, unused
from web.server.address_limit import AddressLimit, PerAddress
from web.server.body_limit import BodyLimit, Who
from web.server.event_limit import EventLimit, EventLimits
from web.server.host_and_origin import HostAndOriginCheck
from web.store.database import is_away


def install(
    hosts: Iterable[str] | None, name_of: NameOf, person: Who, named_person: Who, allowed: AddressLimit
) -> None:
    """Put all of them before Chainlit's server. May be called again, as every hot reload does.

    `hosts`: None for any; else the names besides this machine's own and addresses. `person` is who may come in, and
    `named_person` who a request names, whose login may have ended since; `allowed` is how many connections an address
    may have.
    """
    names = None if hosts is None or "*" in hosts else frozenset(hosts) | _names_of_this_machine()
    middleware_stack.put_first(
        Middleware(HostAndOriginCheck, hosts=names),
        Middleware(OwnConnectionCheck, name_of=name_of),
        Middleware(PerAddress, allowed=allowed),
        Middleware(BodyLimit, who=person),
        Middleware(EventLimit, who=named_person, limits=EventLimits()),
    )
    connections.install(allowed)
    unused.install()
    failures.install(is_away)  # before all these: their refusals have the same headers


def _names_of_this_machine() -> set[str]:
    name = socket.gethostname().lower()
    return {"localhost", name, f"{name}.local", socket.getfqdn().lower()}
