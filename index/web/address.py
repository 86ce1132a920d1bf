"""Where a link may lead: one parser for it, one look-up of its host, and only addresses of the open internet."""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna

from index.problem import Problem

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, float], list[str]]  # host, seconds → its addresses; raises OSError
Allowed = Callable[[IP, int], bool]

LONGEST = 2048  # characters of a link; servers take no more
PORTS = {"http": 80, "https": 443}
SAVE = "Save the page and add the file."

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.ASCII)
# What inet_aton would take for an address in another spelling: 2130706433, 0x7f.1, 0177.0.0.1.
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
_NOT_IN_A_LINK = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2000-\u200f\u2028-\u202f\u2060-\u206f\u3000\ufeff\ud800-\udfff]")
# Names that mean a machine or network of one's own (RFC 6761, 6762, 8375; ".internal" is ICANN's for private use).
_PRIVATE_NAMES = ("localhost", "local", "localdomain", "internal", "home.arpa", "onion")

# What `is_global` of Python 3.11 lets through although nobody's articles are there: protocol assignments,
# 6to4 relays, Azure's host channel, which is as good as a metadata service, and IPv6 that is no global unicast.
_NOT_FOR_PAGES = [ipaddress.ip_network(n) for n in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20", "2001::/23")]
_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Address:
    """A link taken apart, once: every later step uses these parts and parses nothing again.

    `host` is a name in ASCII (punycode) or an IP address without brackets; `target` is path and query, quoted.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.target


def parse_address(link: str) -> Address:
    """The link without its fragment. Raises Problem for what is no plain http(s) link; looks nothing up."""
    link = link.strip()
    if len(link) > LONGEST:
        raise Problem(f"the link has {len(link):,} characters; no more than {LONGEST:,} are followed. Save the page and add the file.")
    if _NOT_IN_A_LINK.search(link):
        raise Problem("the link holds a blank, a backslash or a character that cannot be seen. Copy it from the browser's address bar.")
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError as error:
        raise Problem(f"it is not a link ({error}). Copy it from the browser's address bar.") from None
    if parts.scheme not in PORTS:
        raise Problem(f"links of the kind {parts.scheme[:20]!r} are not followed, only http and https.")
    if "@" in parts.netloc:
        raise Problem("the link carries a user name, which may disguise where it leads. Remove what stands before the @.")
    host = _host(parts.hostname or "")
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._") or "/"
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Address(parts.scheme, host, PORTS[parts.scheme] if port is None else port, f"{path}?{query}" if query else path)


def _host(host: str) -> str:
    if not host:
        raise Problem("the link names no host. Write it as https://host/page.")
    if ":" in host:
        if "%" in host:
            raise Problem(f"{host[:60]!r} is an address within one network only. Use the site's name.")
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError:
            raise Problem(f"{host[:60]!r} is not an address that can be reached. Use the site's name.") from None
    try:
        # UTS 46 as browsers do it: full-width letters and circled digits are what they look like.
        name = host if host.isascii() else idna.encode(host, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise Problem(f"{host[:60]!r} is not a host name ({error}). Copy the link from the browser's address bar.") from None
    name = name.lower().removesuffix(".")
    last = name.rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise Problem(f"{host[:60]!r} is an odd spelling of an address. Use the site's name.") from None
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise Problem(f"{host[:60]!r} is not a host name. Copy the link from the browser's address bar.")
    if "." not in name or any(name.endswith("." + private) for private in _PRIVATE_NAMES):
        raise Problem(f"{name!r} is a name inside a machine or a private network; only public sites are read. {SAVE}")
    return name


def is_public(ip: IP) -> bool:
    """Whether an address belongs to the open internet, seen through every way of wrapping an IPv4 in an IPv6."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is not None:
            return is_public(inner)
        if ip not in _UNICAST or ip.scope_id:  # Teredo, 2001::/32, falls under 2001::/23 below
            return False
    if any(ip in network for network in _NOT_FOR_PAGES if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local)


def look_up(host: str, seconds: float) -> list[str]:
    """Every address of a name. Raises OSError, TimeoutError too: the system's own look-up knows no deadline."""
    answer: queue.Queue[list[str] | OSError] = queue.Queue(1)

    def ask() -> None:
        try:
            answer.put([str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, daemon=True, name="look-up").start()
    try:
        found = answer.get(timeout=max(0.0, seconds))
    except queue.Empty:
        raise TimeoutError(f"its name was not found within {seconds:.0f} s") from None
    if isinstance(found, OSError):
        raise found
    return list(dict.fromkeys(found))


class Guard:
    """Decides where a download may connect to.

    `allowed` lets tests serve pages from loopback: an (address, port) it accepts passes without further question.
    There is no setting for it, on purpose.
    """

    def __init__(self, resolve: Resolve = look_up, allowed: Allowed | None = None) -> None:
        self._resolve = resolve
        self._allowed = allowed or (lambda ip, port: False)

    def admit(self, address: Address, seconds: float = 5.0) -> tuple[IP, ...]:
        """The addresses to connect to, looked up this once and all of them checked; never look the name up again.

        Raises Problem when any one of them is not public, when the port is another than 80 or 443, or when the
        name cannot be resolved.
        """
        ips = self._addresses(address.host, seconds)
        if all(self._allowed(ip, address.port) for ip in ips):
            return tuple(ips)
        if address.port not in PORTS.values():
            raise Problem(f"the link leads to port {address.port}; only 80 and 443, those of web sites, are used. {SAVE}")
        # One private address among public ones is enough: whoever controls the name would choose which is used.
        if not all(is_public(ip) for ip in ips):
            raise Problem(f"{address.host} is on this machine or in a private network; only public sites are read. {SAVE}")
        return tuple(ips)

    def _addresses(self, host: str, seconds: float) -> list[IP]:
        try:
            return [ipaddress.ip_address(host)]
        except ValueError:
            pass
        try:
            found: Iterable[str] = self._resolve(host, seconds)
            ips = [ipaddress.ip_address(text) for text in found]
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise Problem(f"{host} cannot be reached from here ({why}). Check the name, or save the page and add the file.") from None
        if not ips:
            raise Problem(f"{host} cannot be reached from here (it has no address). {SAVE}")
        return ips
