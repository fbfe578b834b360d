"""The address of a server: taken apart once, shown without credentials, and compared before a key is sent."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from demo.engines.errors import ServerUnreachableError

DEFAULT_PATH = "/v1"
"""What is added to an address without a path: every server of the table answers there."""

ROUTES = ("/chat/completions", "/completions", "/responses", "/models")
"""Routes of OpenAI's API that are pasted with the address; only what stands before them is kept."""
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound to
"""What a server that listens on every network prints as its address: to ask there means this machine."""

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an IPv4 address."""


@dataclass(frozen=True)
class Address:
    """Where a server answers: `path` without a slash at its end, `host` in lower case, without brackets."""

    scheme: str
    host: str
    port: int
    path: str = DEFAULT_PATH

    @property
    def root(self) -> str:
        """The address without its path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if self.port == usual else f":{self.port}")

    def __str__(self) -> str:
        return self.root + self.path

    @property
    def is_loopback(self) -> bool:
        """Whether the server is this machine, by its name alone; nothing is looked up."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def belongs_to(self, domain: str) -> bool:
        """Tell whether the host is `domain` or lies under it."""
        return self.host == domain or self.host.endswith("." + domain)


def parse_address(given: str) -> Address:
    """Take an address apart; one without a path gets "/v1".

    Raises ServerUnreachableError for one that is not http(s), holds credentials or a query, or can't be read.
    """
    text = given.strip()
    shown = re.sub(r"^(\w+://)?[^/]*@", r"\1", text)[:120]
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise ServerUnreachableError("engines_served.address_malformed", given=shown) from error
    if parts.scheme not in ("http", "https"):
        raise ServerUnreachableError("engines_served.address_no_scheme", given=shown)
    if not host or re.search(r"[\s\x00-\x1f\x7f\\]", text) or port == 0:
        raise ServerUnreachableError("engines_served.address_malformed", given=shown)
    if "@" in parts.netloc:
        raise ServerUnreachableError("engines_served.address_credentials", host=host)
    if parts.query or parts.fragment:
        raise ServerUnreachableError("engines_served.address_query", host=host)
    host = EVERYWHERE.get(host, host)
    return Address(parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme], _path(parts))


def _path(parts: SplitResult) -> str:
    path = parts.path.rstrip("/")
    for end in ROUTES:
        path = path.removesuffix(end)
    return path or DEFAULT_PATH


def check_address(url: str, *, allow_private: bool) -> Address:
    """Check an address that a visitor gave, before anything is sent there.

    Unless `allow_private`, its name is looked up, and every address it stands for must be public: neither
    this machine, nor a private network, nor a cloud's metadata service. A name can change its meaning
    afterwards, so an engine made with `public_only=True` looks again at each connection and connects to
    the very address that it looked at.

    Raises ServerUnreachableError with the reason.
    """
    address = parse_address(url)
    if not allow_private:
        public_addresses(address.host, address.port)
    return address


def public_addresses(host: str, port: int) -> list[str]:
    """Look a name up and give its addresses. Raises ServerUnreachableError unless all of them are public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ServerUnreachableError("engines_served.host_unknown", host=host) from error
    addresses = [str(entry[4][0]).split("%")[0] for entry in found]
    if not addresses or not all(is_public(ipaddress.ip_address(one)) for one in addresses):
        raise ServerUnreachableError("engines_served.address_private", host=host)
    return addresses


def is_public(address: IP) -> bool:
    """Tell whether `address` belongs to the public internet, also inside an IPv6 form of an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Find the IPv4 address that an IPv6 address carries: mapped, 6to4, Teredo or NAT64."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour
