"""E-mail addresses. They are ASCII, so Han characters may touch either end."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["EmailFinder"]

_AT: Final = r"(?:[ \t]{0,2}@[ \t]{0,2}|[ \t]?[(（\[【]at[)）\]】][ \t]?)"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(
    rf"(?<![A-Za-z0-9._%+])(?<![A-Za-z0-9._%+\-]-)(?P<local>[A-Za-z0-9_][A-Za-z0-9._%+\-]{{0,127}}){_AT}"
    rf"(?P<domain>{_LABEL}(?: ?[.。] ?{_LABEL}){{1,6}})"
    rf"(?P<chain>(?:@{_LABEL}(?:\.{_LABEL}){{1,6}}){{0,8}})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_PROVIDERS: Final = (
    "(?:vip[.。]?)?(?:qq|163|126|139|189|gmail|sina|sohu|foxmail|hotmail|outlook|yeah|aliyun|icloud|live|yahoo"
    "|21cn|tom)"
)
_AT_IN_WORDS: Final = r"(?:\s?(?:@|艾特|爱特|圈a|#|☆)\s?| at |[(（\[【]a[)）\]】])"
_DISGUISED: Final = re.compile(
    rf"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9][A-Za-z0-9._\-]{{2,40}}{_AT_IN_WORDS}"
    rf"{_PROVIDERS}\s?(?:[.。,，·]|点|dot| dot )\s?(?:com|net|cn)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_FAMILIAR: Final = frozenset(
    [
        "qq.com",
        "vip.qq.com",
        "foxmail.com",
        "163.com",
        "126.com",
        "yeah.net",
        "vip.163.com",
        "sina.com",
        "sina.cn",
        "sohu.com",
        "139.com",
        "189.cn",
        "wo.cn",
        "aliyun.com",
        "gmail.com",
        "hotmail.com",
        "outlook.com",
        "live.cn",
        "live.com",
        "msn.com",
        "yahoo.com",
        "yahoo.com.cn",
        "icloud.com",
        "21cn.com",
        "tom.com",
        "263.net",
        "me.com",
    ]
)


class EmailFinder(Finder):
    """local@domain after RFC 5321 lengths; blanks and `(at)` only before the domains of mail providers."""

    name = "email.v2"
    entities = ("EMAIL",)
    group = GateGroup.SHAPE
    gate = rf"(?i)@|[(（\[【]at?[)）\]】]|(?:艾特|爱特|圈a|#|☆| at )\s?{_PROVIDERS}"

    def find(self, text: str) -> list[Candidate]:
        """Return e-mail addresses."""
        found = list(overlapping(_ADDRESS, text, self._check))
        found += [
            self.candidate(*match.span(), 0.85, "an address in words, domain of a mail provider")
            for match in _DISGUISED.finditer(text)
        ]
        return found

    def _check(self, match: re.Match[str]) -> Candidate | None:
        if match["chain"] and match[0].isascii() and " " not in match[0]:
            return self.candidate(*match.span(), 0.95, "addresses that touch each other")
        domain = match["domain"]
        plain = domain.replace(" ", "").replace("。", ".").lower()
        written_plainly = match[0].isascii() and not re.search(r"[\s(\[]", match[0])
        if written_plainly:
            top = plain.rpartition(".")[2]
            if len(top) < 2 or not top.isalpha():
                return None
            return self.candidate(*match.span(), 0.99, "local part, @ and domain")
        if plain in _FAMILIAR and not match["chain"]:
            return self.candidate(*match.span(), 0.85, "spaced out, domain of a mail provider")
        return self._shortened(match)

    def _shortened(self, match: re.Match[str]) -> Candidate | None:
        """`a@b.com。c` is an address that ends a sentence, and `a@b.com thanks.x` one followed by words."""
        plain = re.match(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,24}", match[0])
        if plain is None:
            return None
        return self.candidate(match.start(), match.start() + plain.end(), 0.99, "local part, @ and domain")
