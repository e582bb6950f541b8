"""Addresses: where a request comes from, and where a browser may be sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from retrieval.errors import BadRequest

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HOME = "/"
_LONGEST = 2_000


def networks_of(named: Iterable[str]) -> tuple[Network, ...]:
    """Return networks such as `10.0.0.0/8`, or raise `BadRequest` naming the one that is not."""
    found = []
    for name in named:
        try:
            found.append(ipaddress.ip_network(name))
        except ValueError as error:
            raise BadRequest(
                f"Expected an address or a network such as 10.0.0.0/8, got {name[:60]!r}: {error}."
            ) from error
    return tuple(found)


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Return whether an address lies in one of the networks."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in each for each in networks)


def peer_of(connection: HTTPConnection) -> str:
    """Return the address at the other end of the connection."""
    return connection.client.host if connection.client else "unknown"


def client_of(connection: HTTPConnection, proxies: Iterable[Network]) -> str:
    """Return where a request comes from: the peer, or whom a listed proxy says it speaks for.

    Of `X-Forwarded-For` the last address counts that is not a listed proxy's: what stands
    before it was written by the client.
    """
    proxies = tuple(proxies)
    address = peer_of(connection)
    told = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    for each in reversed([one.strip() for one in told if one.strip()]):
        if not is_within(address, proxies) or not _is_address(each):
            break
        address = each
    return address


def safe_next(wanted: str) -> str:
    """Return a path of this server to go to after signing in; the start page for anything else."""
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    if not is_path or len(wanted) > _LONGEST or "\\" in wanted or not wanted.isprintable():
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc or " " in wanted else wanted


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
