"""Detailed addresses by their grammar: a place, then numbers, down to the room."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from voc.privacy.lexicon import address_words, cue_words
from voc.privacy.recognizers.address_start import AddressStart
from voc.privacy.recognizers.cue import LINK, any_of
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["AddressFinder"]

_NUMBER: Final = (
    r"(?:[0-9]{1,5}|[一二三四五六七八九十百零〇幺]{1,4}|[A-Za-z](?:[0-9]{1,3})?)"
    r"(?:[\-—－~][0-9A-Za-z]{1,5}){0,3}"
)
_ONES: Final = "一二三四五六七八九十"
_ENGLISH_ROADS: Final = (
    "Road|Rd|Street|St|Avenue|Ave|Lane|Boulevard|Blvd|Drive|Highway"
    "|Garden|Gardens|Plaza|Mansion|Court|Estate|Community|Residence"
)
_ENGLISH: Final = re.compile(
    r"(?<![A-Za-z0-9])"
    r"(?:(?:Room|Rm\.?|Flat|Unit|Apt\.?|Suite|Building|Bldg\.?|Block|Tower|Floor|No\.) ?[0-9A-Z]{1,5}"
    r"|[0-9]{1,3}/F)[, ]{1,2}"
    r"(?:[0-9A-Z][A-Za-z0-9.'/\-]{0,20}[, ]{1,2}){1,12}?"
    rf"(?:{_ENGLISH_ROADS})\b\.?"
    r"(?:, ?[A-Z][a-z]{1,15}(?: [A-Z][a-z]{1,15}){0,2}(?: [0-9]{5,6})?){0,4}"
)
"""Room, building and road as one writes them in English, and the places that follow."""
_LEAST_ROAD: Final = 4
_WHOSE: Final = (
    "业主|住户|户主|租户|住客|客户|房东|邻居|楼上|楼下|家住?|住|房号|门牌|单元|室|报修|小区|花园|园|苑"
)
_ROOM_GROUPS: Final = r"(?<![0-9A-Za-z\-])[0-9]{1,2}-[0-9]{1,2}-(?!(?:19|20)[0-9]{2})[0-9]{3,4}(?![0-9\-])"
_ROOMS: Final = (
    re.compile(rf"(?:{_WHOSE})[^0-9，。,;；\n]{{0,6}}(?P<value>{_ROOM_GROUPS})"),
    re.compile(rf"(?P<value>{_ROOM_GROUPS})(?=的?(?:业主|住户|户主|租户|家))"),
    re.compile(
        r"(?<![0-9A-Za-z.])(?P<value>[0-9]{3,4}(?:号房|房间|病房|房))(?=的?(?:客人|住客|宾客|病人|患者|老人))"
    ),
    re.compile(
        r"(?:客人|住客|宾客|入住人|旅客)[^。\n0-9]{0,8}(?<![0-9A-Za-z.])(?P<value>[0-9]{3,4}(?:号房|房间|房))(?![型价费])"
    ),
    re.compile(
        r"(?P<value>[\u4e00-\u9fff]{0,4}(?:科|病区|病房|[0-9一二三四五六七八九十]楼)[0-9一二三四五六七八九十]{0,4}(?:病房|室)?[0-9]{1,3}号?床)"
    ),
)
"""A house, its entrance and a room with hyphens, a guest's room, a patient's bed."""
_GATE: Final = (
    r"[0-9]-[0-9]{1,2}-[0-9]{3}|[0-9]{3}(?:号房|房间|病房|房)(?:的?(?:客人|住客|宾客|病人|患者|老人))"
    r"|(?:客人|住客|宾客|入住人|旅客)[^。\n0-9]{0,8}[0-9]{3,4}(?:号房|房间|房)|[0-9]号?床|房号|房间号|室号|门牌"
    r"|(?:住在|家住|我住|家在|现住|住址是?|搬到)[^，。,\n]{2,20}(?:小区|社区|花园|家园|新村|苑|嘉园|庭|公馆|国际|家属院)"
    r"|(?:地址|住址|住处|现居|居住地)(?:[为是]|[:：=])"
    r"|(?:省|市|县|旗|新区)[^，。,\n]{2,10}(?:社区|苏木|嘎查|行政村|自然村)"
)
_HAN: Final = "\u4e00-\u9fff"
_NOWHERE: Final = (
    "[的我你您他她了不没错写填改有在这那哪信同见可请已需要无空详未如与和或]"
    "|地址|发货|收货|退货|商家|客服|订单|系统"
)
"""What begins no address, behind the field: 地址：不详."""
_FINE_PLACE: Final = re.compile("[路街巷弄村组邨苑园楼栋幢室厦庭屯庄寨坊里湾城店场院座号]")
_LEAST_PLACE: Final = 3
_LIVES: Final = re.compile("住|家在|搬到")
_VILLAGE: Final = re.compile("社区|苏木|嘎查|行政村|自然村")
_ROOM_SIGN: Final = re.compile("[0-9]-[0-9]{1,2}-[0-9]{3}|[0-9]{3}(?:号房|房|病房)|[0-9]号?床")
"""Without these the patterns beside find nothing."""
_ROOM_COLUMN: Final = re.compile("房号|房间号|室号|门牌")
_ROOM: Final = re.compile(r"(?<=[,，\t|])[0-9]{1,2}-[0-9]{3,4}(?=[,，\t|\n]|$)")
_DIVISION: Final = re.compile("[\u4e00-\u9fff]{2,7}?(?:省|自治区|特别行政区|市|自治州|州|盟|区|县|旗)")
_PART: Final = "[东西南北中一二三四五六]{1,2}[段区期]|[东西南北](?=[0-9])"
"""Part of a road or community: 中段, 南区, 二期, 大道南 before the number."""
_HONG_KONG: Final = ("香港", "九龙", "新界", "港岛", "澳门")
"""Places whose ordinary word for a road is 道."""
_NO_ROAD: Final = re.compile("[知味频渠通报难地当厉公]道$")


class AddressFinder(Finder):
    """Anything finer than a district: road and number, community and building, unit, room, village group.

    The span begins at the province or city where the writer does. Province, city and district alone stay in
    clear, and so do a road without a number and a number without a place (3号楼, 二楼).
    """

    name = "address.v6"
    entities = ("CN_ADDRESS",)

    def __init__(self) -> None:
        words = address_words()
        road = "|".join(_longest_first((*words.roads, *words.weak_roads)))
        community = "|".join(_longest_first(words.communities))
        unit = "|".join(_longest_first(words.number_units))
        numbered = (
            rf"{_NUMBER} ?(?:{unit})(?![口前外卫])(?:之[0-9一二三四五六七八九十]{{1,2}})?(?:[东西南北]侧?)?"
        )
        part = rf"[\s,，]?{numbered}"
        last = r"(?![0-9元块年月日天个点分:：])"
        room = (
            rf"(?:[\s,，\-]?(?:[A-Za-z]?[0-9]{{2,4}}|[A-Z][0-9]|[一二三四五六七八九幺][零〇一二三四五六七八九幺]{{2,3}})"
            rf"(?:室|房|户|号)?{last})?"
        )
        crossing = "(?:交叉口|交汇处|交界处)(?:[东西南北]行?[0-9]{1,4}米)?(?:路[东西南北])?"
        # a road needs a number; a community needs a building, a unit or a room
        self._anchor = re.compile(
            rf"(?P<place>{road}|{community}|{crossing})(?:{_PART})?(?P<fine>\s?{numbered}(?:{part}){{0,5}}{room})"
            rf"|(?P<hall>{community})(?P<bare>[A-Za-z]?[0-9]{{1,3}}(?:[\-—－][0-9]{{1,4}}){{1,3}})(?![0-9])"
        )
        # a building and its entrance are somebody's home wherever the community stands
        self._home = re.compile(
            rf"(?<![0-9A-Za-z{_ONES}])(?:[0-9A-Z]{{1,3}}|[{_ONES}]{{1,3}})(?:号楼|栋|幢|座)[\s,，]?"
            rf"(?:[0-9]{{1,2}}|[{_ONES}]{{1,2}})单元"
            rf"(?:[\s,，]?(?:[0-9]{{2,4}}|[{_ONES}零〇幺]{{3,4}})(?:室|房|户|号)?{last})?"
        )
        home = "小区|社区|花园|家园|新村|花苑|嘉园|佳苑|雅苑|名苑|华庭|豪庭|新苑|公馆|国际|家属院"
        proper = r"(?:(?![这那哪个的了一我你他她们在是有离附近旁边])[\u4e00-\u9fff])"
        self._told_home = re.compile(
            rf"(?:住在|家住|我住|家在|现住|住址是?|搬到)(?:[了那这]个?|[\u4e00-\u9fff]{{2,6}}那个|[:：])?"
            rf"(?P<value>{proper}{{2,12}}(?:{home}))(?!酒店|大酒店|宾馆|饭店|机场|会展|中心)"
        )
        self._field = re.compile(
            rf"(?:地址|住址|住处|现居|居住地)(?:[为是]|[:：=])[:：]?\s?[\"“]?(?P<value>(?!{_NOWHERE})[{_HAN}][{_HAN}0-9A-Za-z\-#（）()]{{3,50}})"
        )
        self._unnumbered = re.compile(
            rf"(?P<value>{proper}{{2,8}}(?:省|市|县|旗|新区){proper}{{2,10}}(?:社区|苏木|嘎查|行政村|自然村))"
        )
        self._roads, self._weak = frozenset(words.roads), frozenset(words.weak_roads)
        self._cue = re.compile(rf"{any_of(cue_words('address'))}{LINK}$")
        self._start = AddressStart(words)
        name = rf"(?:(?!{any_of(words.breaks)})[\u4e00-\u9fff])"
        inner = rf"{name}{{1,8}}(?:{community}){name}{{0,4}}|{name}{{2,6}}(?={_NUMBER}(?:号楼|栋|幢|座|单元))"
        suite = rf"{name}{{1,8}}(?:{community})[0-9]{{3,4}}(?:室|房|户|号)?{last}"
        shop = rf"{name}{{2,10}}(?<![那这]家)店(?=[，。,\s]|$)"
        further = rf"(?:{inner})?(?:{part}){{1,4}}{room}|{suite}|{shop}"
        self._tail = re.compile(rf"(?:[\s,，]?(?:{further})){{0,3}}")
        kinds = {*words.roads, *words.weak_roads, *words.communities}
        places = "|".join(_longest_first(kinds))
        number = "(?:[0-9一二三四五六七八九十百]|[A-Za-z])"
        entrance = (
            f"单元[\\s,，]?(?:[0-9]|[{_ONES}])"
            f"|(?:号楼|栋|幢|座)[\\s,，]?(?:[0-9]{{1,2}}|[{_ONES}]{{1,2}})单元"
        )
        self.gate = (
            rf"{entrance}|{_GATE}|(?:{_ENGLISH_ROADS})(?:[,. ]|$)"
            rf"|(?:{places})(?:[东西南北中一二三四五六]{{1,2}}[段区期]?)?[\s,，]?{number}|{crossing}"
        )

    def find(self, text: str) -> list[Candidate]:
        """Return detailed addresses."""
        found = [
            self.candidate(*match.span("value"), 0.75, "where somebody is said to live")
            for seen, patterns in (
                (_LIVES, (self._told_home,)),
                (_VILLAGE, (self._unnumbered,)),
                (_ROOM_SIGN, _ROOMS),
            )
            if seen.search(text)
            for pattern in patterns
            for match in pattern.finditer(text)
        ]
        found += overlapping(self._field, text, self._in_field)
        if _ROOM_COLUMN.search(text):
            found += [
                self.candidate(*match.span(), 0.75, "a room in a table") for match in _ROOM.finditer(text)
            ]
        found += list(overlapping(self._anchor, text, lambda match: self._extend(text, match)))
        for pattern in (self._home, _ENGLISH):
            found += [
                self.candidate(*match.span(), 0.85, "building to room") for match in pattern.finditer(text)
            ]
        return found

    def _in_field(self, match: re.Match[str]) -> Candidate | None:
        """All of a field for an address that is finer than a district."""
        rest = _DIVISION.sub("", match["value"])
        if _FINE_PLACE.search(rest) is None or len(rest) < _LEAST_PLACE:
            return None
        return self.candidate(*match.span("value"), 0.7, "in a field for an address")

    def _extend(self, text: str, match: re.Match[str]) -> Candidate | None:
        start = self._start.before(text, match.start(), max(match.start("fine"), match.start("bare")))
        name = match.start() - start
        cued = self._cue.search(text[max(0, start - 16) : start]) is not None
        admin = _DIVISION.match(text, start, match.end()) is not None
        if not any("\u4e00" <= char <= "\u9fff" for char in text[start : match.start()]):
            return None
        if name < 2 and not cued and not self._is_short_name(text, start, match):
            return None
        if not self._fine(match, cued=cued or admin or self._in_hong_kong(text, start, match)):
            return None
        tail = self._tail.match(text, match.end())
        end = tail.end() if tail else match.end()
        score = 0.9 if cued or admin else 0.75
        return self.candidate(start, end, score, "place and number")

    @staticmethod
    def _is_short_name(text: str, start: int, match: re.Match[str]) -> bool:
        """Whether a clause begins with a house of something with a short name: 竹园3号楼."""
        opens = start == 0 or not "\u4e00" <= text[start - 1] <= "\u9fff"
        return opens and match["place"] in ("园", "苑", "院", "村") and "号楼" in (match["fine"] or "")

    def _in_hong_kong(self, text: str, start: int, match: re.Match[str]) -> bool:
        """Whether the road is one of Hong Kong or Macao: 九龙尖沙咀弥敦道."""
        road = text[start : match.end("place")] if match["place"] == "道" else ""
        return road.startswith(_HONG_KONG) and len(road) > _LEAST_ROAD and _NO_ROAD.search(road) is None

    def _fine(self, match: re.Match[str], *, cued: bool) -> bool:
        """Whether the numbers tell a house: not merely a floor, a phase or a district of something."""
        if match["bare"] is not None:
            return cued
        fine = match["fine"]
        if not cued and match["place"] in self._weak:
            return False
        if not cued and len(match["place"]) == 1 and match["place"] not in self._roads:
            return re.search("号楼|号院|号房|栋|幢|座|单元|室|组|队|社", fine) is not None
        if re.search("号|栋|幢|座|单元|室|弄|户|组|社|队|排", fine):
            return True
        return cued and re.search("[0-9](?:楼|层|房|门|巷)", fine) is not None


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))
