"""One link for one page: without fragment, tracking and other marks of how somebody came to it."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote, urljoin

from index.problem import Problem
from index.web.address import Address, parse_address

_TRACKING = re.compile(
    # campaigns: Google and everybody, BBC, Adobe, Guardian, MSN, New York Times, Piano, Daily Mail
    r"utm_.*|at_(?:campaign|medium|custom.*|link.*|format|bbc_team)|s_cid|cmp|cmpid|icid|ocid|smid|smtyp|xtor|ito|wt\.mc_id|mkt_tok"
    # clicks: Facebook, Google, Microsoft, Yandex, Twitter, TikTok, LinkedIn, Instagram, and Google's linker
    r"|(?:fb|g|d|y|tw|tt)clid|msclkid|li_fat_id|rb_clickid|[gw]braid|gclsrc|igshid|igsh|srsltid|_ga|_gl"
    # newsletters: HubSpot, Mailchimp, Vero, Omeda
    r"|_hsenc|_hsmi|__hstc|__hssc|__hsfp|hsctatracking|mc_[ce]id|vero_id|oly_(?:enc|anon)_id"
    # where somebody came from: Twitter, Yahoo, Facebook, Alibaba
    r"|ref_(?:src|url)|guccounter|guce_referrer(?:_sig)?|fb_(?:action_.*|ref|source)|spm",
    re.IGNORECASE,
)
_ANOTHER_VIEW = re.compile(r"(?:www\d?|m|mobile|amp)\.(?=.*\.)")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~")


def canonical(link: str) -> str:
    """The link in its one spelling. Raises Problem where `parse_address` does."""
    address = parse_address(link)
    path, _, query = address.target.partition("?")
    kept = [pair for pair in query.split("&") if pair and not _TRACKING.fullmatch(unquote(pair.partition("=")[0]))]
    target = _ESCAPE.sub(_spelled, path + ("?" + "&".join(kept) if kept else ""))
    return str(Address(address.scheme, address.host, address.port, target))


def _spelled(escape: re.Match[str]) -> str:
    char = chr(int(escape[1], 16))
    return char if char in _PLAIN else escape[0].upper()


def same_outlet(host: str, other: str) -> bool:
    """Whether two hosts show the same pages: equal but for "www.", "m." and the like."""
    return _ANOTHER_VIEW.sub("", host, count=1) == _ANOTHER_VIEW.sub("", other, count=1)


def same_site(host: str, other: str) -> bool:
    """Whether two hosts are one outlet's: feeds.example.org and www.example.org are."""
    host, other = _ANOTHER_VIEW.sub("", host, count=1), _ANOTHER_VIEW.sub("", other, count=1)
    return host == other or host.endswith("." + other) or other.endswith("." + host)


def stated(link: str | None, page: Address) -> str | None:
    """The canonical link that a page states of itself, where it can be believed.

    A page may speak only for its own host, or anybody could pass for another outlet's article and replace it in
    the library; a link to the front page is a template's mistake.
    """
    if not link:
        return None
    try:
        address = parse_address(urljoin(str(page), link.strip()))
    except (Problem, ValueError):
        return None
    if not same_outlet(address.host, page.host) or (address.target == "/" and page.target != "/"):
        return None
    # Many a page of https still names itself http: what it was fetched by is what is true.
    return canonical(str(replace(address, scheme=page.scheme, port=page.port)))
