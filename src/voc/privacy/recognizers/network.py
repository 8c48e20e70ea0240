"""IP addresses, and links whose parameters tell who somebody is."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from voc.privacy.recognizers.cue import cue, ends_with_cue
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup

__all__ = ["IpFinder", "UrlTokenFinder"]

_V4: Final = re.compile(
    r"(?:(?<![0-9A-Za-z.])|(?<=(?<![A-Za-z])[Ii][Pp]))(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z]|\.[0-9])"
)
_V6: Final = re.compile(
    r"(?:(?<![0-9A-Za-z:.])|(?<=[^0-9A-Fa-f:.]:)|(?<=[Vv]6:)|(?<=(?<![A-Za-z])[Ii][Pp]))(?=[0-9A-Fa-f]|::)[0-9A-Fa-f:]{2,39}(?:%[0-9A-Za-z]{1,8})?(?![0-9A-Za-z:])"
)
_PORT: Final = re.compile(":[0-9]{2,5}(?![0-9:])")
# nobody's own: default gateways, loopback, public resolvers
_GATEWAYS: Final = frozenset(
    [
        "0.0.0.0",  # noqa: S104 - compared with, never bound to
        "127.0.0.1",
        "255.255.255.255",
        "192.168.0.1",
        "192.168.1.1",
        "192.168.2.1",
        "192.168.3.1",
        "192.168.31.1",
        "192.168.10.1",
        "10.0.0.1",
        "10.0.0.138",
        "172.16.0.1",
        "8.8.8.8",
        "8.8.4.4",
        "114.114.114.114",
        "223.5.5.5",
        "1.1.1.1",
    ]
)
_HOST: Final = r"(?:[A-Za-z0-9\-]{1,40}\.){1,3}(?:com|cn|net|top|vip|shop|cc|link)(?=/)"
"""A host that is told without the protocol, before a path."""
_URL: Final = re.compile(
    rf"(?:(?:https?://|www\.)[A-Za-z0-9.\-]{{1,253}}|(?<![A-Za-z0-9@.\-/]){_HOST})(?::[0-9]{{1,5}})?"
    r"(?P<path>/[!-~]{0,2000})?",
    re.I,
)
_IDENTIFYING: Final = re.compile(
    r"(?:^|[?&;#])(?:[a-z_]*token|sid|session[a-z_]*|jsessionid|uid|u|user[a-z_]*|member[a-z_]*|buyer[a-z_]*|account|"
    r"phone|mobile|tel|email|mail|openid|unionid|tk|t|key|apikey|sign|signature|auth[a-z_]*|code|ticket|password|pwd|"
    r"order[a-z_]*|share_?uid|inviter?|from_?uid|idcard|cid|customer[a-z_]*|invite[a-z_]*|wxid|qq|addr[a-z]*)=[^&\s]{2}"
    r"|=(?:1[3-9][0-9]{9}|(?=[A-Za-z0-9_\-]{0,40}[A-Za-z])(?=[A-Za-z0-9_\-]{0,40}[0-9])[A-Za-z0-9_\-]{16,})(?:&|#|$)",
    re.IGNORECASE,
)


_IN_PATH: Final = re.compile(
    r"eyJ[A-Za-z0-9_\-]{8,2000}(?:\.[A-Za-z0-9_\-]{4,2000}){1,2}"
    r"|(?<=/)(?<=reset/|token/|erify/|nvite/|nfirm/|ivate/)(?=[A-Za-z_\-]{0,60}[0-9])[A-Za-z0-9_\-]{16,200}(?=[/?#]|$)",
    re.IGNORECASE,
)
"""A token in the path: signed claims (JWT, RFC 7519), or a long key behind reset, verify, invite."""


class IpFinder(Finder):
    """IPv4 and IPv6 addresses; default gateways, public resolvers and version numbers stay in clear."""

    name = "ip.v4"
    entities = ("IP_ADDRESS",)
    group = GateGroup.SHAPE
    gate = r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]{3}"

    def find(self, text: str) -> list[Candidate]:
        """Return addresses that `ipaddress` accepts (RFC 791, RFC 4291)."""
        found = []
        for match in _V4.finditer(text):
            candidate = self._version4(text, match)
            if candidate is not None:
                found.append(candidate)
        found += [
            self.candidate(*match.span(), 0.9, "IPv6 address")
            for match in _V6.finditer(text)
            if _is_v6(match[0])
        ]
        return found

    def _version4(self, text: str, match: re.Match[str]) -> Candidate | None:
        parts = match[0].split(".")
        if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
            return None
        if match[0] in _GATEWAYS or parts[0] == "255" or ends_with_cue(text, match.start(), "version_number"):
            return None
        said = cue("ip").search(text[max(0, match.start() - 12) : match.start()]) is not None
        said = said or _PORT.match(text, match.end()) is not None
        if not said and all(int(part) < 25 for part in parts):
            return None  # 2.3.1.0 is a version or a numbering
        return self.candidate(*match.span(), 0.95 if said else 0.8, "four octets")


def _is_v6(value: str) -> bool:
    if (
        value.count(":") < 2
        or not any(char.isalnum() for char in value)
        or (value.count(":") < 7 and "::" not in value)
    ):
        return False
    try:
        address = ipaddress.IPv6Address(value.partition("%")[0])
    except ValueError:
        return False
    return len(re.sub("[^0-9A-Fa-f]", "", value)) >= 4 and not address.is_loopback


class UrlTokenFinder(Finder):
    """The parameters of a link, where one names a person, a session or an order; a token in its path."""

    name = "url_token.v3"
    entities = ("URL_TOKEN",)
    group = GateGroup.SHAPE
    gate = r"(?i)https?://|www\.|[a-z0-9]\.(?:com|cn|net|top|vip|shop|cc|link)/"

    def find(self, text: str) -> list[Candidate]:
        """Return the parameters only: the public part of a link stays in clear."""
        found = []
        for match in _URL.finditer(text):
            path = match["path"]
            if path and (token := _IN_PATH.search(path.partition("?")[0])):
                at = match.start("path")
                found.append(self.candidate(at + token.start(), at + token.end(), 0.9, "a token in the path"))
            at = path.find("?") if path else -1
            if at >= 0 and _IDENTIFYING.search(path[at:]):
                start = match.start("path") + at + 1
                end = match.end("path")
                while end > start and text[end - 1] in ".,;:!~)]'\"":
                    end -= 1
                found.append(self.candidate(start, end, 0.9, "a parameter of the link names somebody"))
        return found
