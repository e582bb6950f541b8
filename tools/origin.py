"""Where a far system is: one scheme, host and port, and the addresses that it may be at.

Which addresses is decided by number, after the name was resolved; how a host is written decides
nothing. An address is tried only if all that a name leads to are allowed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import quote, urlencode

from retrieval.errors import BadRequest

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Return the addresses of a host and port, as numbers; raise `OSError`."""
Query = Mapping[str, str | Sequence[str]]

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORTS: Final = {"http": 80, "https": 443}
_MOST_ADDRESSES: Final = 16

_V4 = ipaddress.IPv4Network
_V6 = ipaddress.IPv6Network
_INSIDE: Final = (
    _V4("10.0.0.0/8"),
    _V4("100.64.0.0/10"),
    _V4("172.16.0.0/12"),
    _V4("192.168.0.0/16"),
    _V6("fc00::/7"),
)
_LOOPBACK: Final = (_V4("127.0.0.0/8"), _V6("::1/128"))
_OUTSIDE: Final = (_V4("0.0.0.0/0"), _V6("2000::/3"))
_NEVER: Final = (
    _V4("0.0.0.0/8"),
    _V4("100.100.100.200/32"),  # metadata of a cloud
    _V4("168.63.129.16/32"),  # metadata of a cloud
    _V4("169.254.0.0/16"),
    _V4("192.0.0.0/24"),
    _V4("192.0.2.0/24"),
    _V4("192.88.99.0/24"),
    _V4("198.18.0.0/15"),
    _V4("198.51.100.0/24"),
    _V4("203.0.113.0/24"),
    _V4("224.0.0.0/3"),
    _V6("2001::/23"),
    _V6("2001:db8::/32"),
    _V6("2002::/16"),  # has an IPv4 address in it, as mapped, NAT64 and Teredo ones do
    _V6("3fff::/20"),
    _V6("fd00:ec2::/32"),  # metadata of a cloud
    _V6("fd20:ce::/32"),  # metadata of a cloud
)


class NotAllowed(OSError):
    """A host leads to an address where its system may not be."""


class Place(Enum):
    """Where an address lies. NEVER: no far system is there."""

    LOOPBACK = "loopback"
    INSIDE = "inside"
    OUTSIDE = "outside"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Origin:
    """A configured scheme, host and port, and the path that every request begins with.

    `place` is where each of its addresses has to lie.
    """

    scheme: str
    host: str
    port: int
    base: tuple[str, ...]
    place: Place

    @property
    def authority(self) -> str:
        """Return host and port as a `Host` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"{self.scheme}://{self.authority}"

    def path(self, segments: Sequence[str], query: Query | None = None) -> str:
        """Return the path of these segments below the base, and the query, percent-encoded.

        Raises:
            ValueError: a segment could lead elsewhere: it is empty, made of dots, or holds a
                slash, a percent sign or a control character.
        """
        for each in segments:
            _check_segment(each)
        path = "/" + "/".join(quote(each, safe="") for each in (*self.base, *segments))
        asked = urlencode(query or {}, doseq=True, quote_via=quote, safe="")
        return f"{path}?{asked}" if asked else path

    async def addresses(self, resolve: Resolve) -> tuple[str, ...]:
        """Return the addresses to connect to, every one checked.

        Raises:
            OSError: there are none.
            NotAllowed: one lies where this system may not be.
        """
        found = tuple(dict.fromkeys(await resolve(self.host, self.port)))
        if not found or len(found) > _MOST_ADDRESSES:
            raise OSError("no address")
        if any(place_of(each) is not self.place for each in found):
            raise NotAllowed
        return found


def origin_of(url: str, *, private: bool) -> Origin:
    """Return the origin that a setting names.

    `private` says that the system lies inside the boundary: then all of its addresses must be
    private ones, or loopback where the host is written so. Without it all of them must be public,
    and the scheme https.

    Raises:
        BadRequest: it is no such address; no part of it is shown.
    """
    found = _URL.fullmatch(url)
    if found is None or any(set(each) <= {"."} for each in found["path"].split("/")[1:]):
        raise BadRequest(
            "Expected an address such as https://desk.example.com/api, in ASCII and without a "
            "name, a password, a query or a fragment."
        )
    scheme, host = found["scheme"], found["host"].lower().strip("[]")
    port = int(found["port"] or _PORTS[scheme])
    place = _written_place(host, private=private)
    if not 0 < port < 65_536:
        raise BadRequest("Expected a port from 1 to 65535.")
    if scheme == "http" and not private:
        raise BadRequest("Expected https for a system outside, got http.")
    return Origin(scheme, host, port, tuple(found["path"].split("/")[1:]), place)


def place_of(address: str) -> Place:
    """Return where an address lies, by its number. What is no plain address lies nowhere."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return Place.NEVER
    for place, networks in (
        (Place.NEVER, _NEVER),
        (Place.LOOPBACK, _LOOPBACK),
        (Place.INSIDE, _INSIDE),
        (Place.OUTSIDE, _OUTSIDE),
    ):
        if any(number in each for each in networks if each.version == number.version):
            return place
    return Place.NEVER


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system's resolver gives for a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def _written_place(host: str, *, private: bool) -> Place:
    """Return where the addresses of a host have to lie, as it is written; raise `BadRequest`."""
    wanted = Place.INSIDE if private else Place.OUTSIDE
    if host == "localhost":
        place = Place.LOOPBACK
    elif ":" in host or _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        place = place_of(host)
    elif all(_LABEL.fullmatch(each) for each in host.split(".")):
        place = wanted
    else:
        place = Place.NEVER
    if place is Place.NEVER:
        raise BadRequest("Expected a host by its name or by an address in its usual form.")
    if private and place is Place.LOOPBACK:
        return place
    if place is not wanted:
        raise BadRequest(
            "Expected a host inside the boundary, got a public address."
            if private
            else "Expected a public host, got one inside. If that is meant: `where: inside`."
        )
    return place


def _check_segment(segment: str) -> None:
    folded = unicodedata.normalize("NFKC", segment)
    is_dots = set(folded.strip()) <= {"."}
    is_odd = any(each in "/\\%" or unicodedata.category(each)[0] == "C" for each in folded)
    if is_dots or is_odd or len(segment) > 256:
        raise ValueError("a segment that could lead elsewhere")
