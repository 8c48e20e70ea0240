"""Names of people: by family name and title, by what stands before a name, in fields and in phrases."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import cue_words, person_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.familiar_name import ALL_TWINS
from voc.privacy.recognizers.figures import figures
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping
from voc.privacy.recognizers.names import DOTS, SELDOM_WORDS, NameRules, is_han
from voc.text.segment import dictionary_has, tagged_words

__all__ = ["PersonFinder"]

_HAN: Final = "\u4e00-\u9fff"
_DOTTED: Final = f"[{_HAN}]{{1,8}}(?:[{DOTS}][{_HAN}]{{1,10}}){{1,4}}"
_LATIN: Final = "[A-Z][A-Za-z'’.]{1,20}(?: [A-Z][A-Za-z'’.]{0,20}){0,3}"
_ADDRESS_ENDS: Final = "室号房楼元户组村0-9"
_IS: Final = "(?:上面?)?(?:写的?|填的?|登记的?|留的?|名字)?(?:应该|好像|可能|都|就)?[是为叫]|写的|填的"
_LONG_NUMBER: Final = "[0-9](?:[^0-9]{0,5}[0-9]){4}[0-9]{2}"
"""Seven digits at least, of which the last three stand together."""
_RESIDENT_ID: Final = r"[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9Xx](?![0-9A-Za-z])"
_ASKED: Final = r"(?:怎么称呼|贵姓|什么名字|全名)[您你呢吗啊]?[？?]\s?(?:[^\s：:]{1,6}[：:]\s?)?"
"""A question for the name, and in a chat who answers it: 怎么称呼？用户：."""
_HANDED_TO: Final = r"(?:转派|指派|分派|分配|移交|转交|交接|转)给\s?[：:]?\s?"
_OWN: Final = frozenset("我俺咱本")
"""A phrase that begins with these tells one's own name, which may be a public person's or a place's."""
_PHONE: Final = r"(?:\+?86[\s\-]?)?1[3-9][0-9][\s\-]?[0-9]{4}[\s\-]?[0-9]{4}(?![0-9])"


class PersonFinder(Finder):
    """Names with a title (王先生, 小李), after a field (联系人：) or phrase (我叫), before a phone.

    The span takes the title along. Public and fictional persons and brands in `lexicons/privacy/persons.yaml`
    stay in clear. A family name alone is no name.
    """

    name = "person.v7"
    entities = ("PERSON",)

    def __init__(self) -> None:
        words = person_words()
        self._rules, self._figures = NameRules(), figures()
        self._is_word = dictionary_has()
        sure = "".join(sorted(self._rules.sure))
        familiar = "".join(sorted(self._rules.surnames - self._rules.never))
        seldom, short_titles = "".join(sorted(SELDOM_WORDS)), "".join(words.short_titles)
        self._titled = re.compile(any_of(words.titles))
        self._short = re.compile(
            f"(?:(?P<surname>[{sure}])(?P<title>[{short_titles}])|[{_SISTERS}]姐|[{_BROTHERS}]哥)(?!们)"
        )
        self._familiar = re.compile(
            f"(?P<role>{any_of(words.roles)})(?:的|是|叫|：|:)?(?P<name>小[{familiar}])(?![们号时序车鞋])"
            f"|(?!小苏打)(?P<name2>小[{familiar}])(?={any_of(words.after_familiar)})"
            f"|(?P<name3>小[{''.join(sorted(self._rules.surnames))}])(?=为[您你]服务)"
        )
        self._old = re.compile(f"老[{sure}]头(?![皮晕疼痛发脑部])")
        self._of_child = re.compile(
            rf"(?P<name>小[{_HAN}]|(?P<half>[{_HAN}])(?P=half)|(?<=团长|群主|家委)[{_HAN}]{{2,3}}){_PARENT}"
        )
        self._compile_fields()
        family = "".join(sorted(self._rules.surnames))
        self._behind_role = re.compile(
            rf"(?:{any_of(words.before_names)})(?:是|叫|：|:|、)?(?P<value>[{familiar}][{_HAN}]{{1,3}})"
        )
        self._spelt = re.compile(
            rf"姓(?P<family>[{family}])[，,。、\s](?:[^。\n]{{0,12}}[，,、\s])?(?:我?叫)?"
            rf"(?P<value>(?P=family)(?!的)[{_HAN}]{{1,2}})(?![{_HAN}])"
        )
        self._handed = re.compile(f"{_HANDED_TO}(?P<value>[{family}][{_HAN}]{{1,2}})")
        pets = "".join(sorted(self._rules.given | set(_PET_SYLLABLES)))
        titles = "|".join(words.titles)
        named = "|".join((f"[{family}][{''.join(sorted(self._rules.given))}]", *sorted(self._rules.compound)))
        beside_number = (
            r"1[3-9][0-9][ \-]?[0-9]{4}|[0-9]{17}[0-9Xx]",
            rf"{_LONG_NUMBER}[\s,，;；、。|/]{{0,3}}(?:[{_HAN}]{{1,3}}[行储][\s,，]{{1,2}})?[{family}][{_HAN}]",
            rf"[{_ADDRESS_ENDS}][\s,，]{{0,2}}[{family}][{_HAN}]{{1,3}}\s?[(（]?收",
        )
        cues = (*cue_words("name_field"), *cue_words("name_phrase"))
        told = ("怎么称呼|贵姓|什么名字|全名[？?]", *map(_either_case, cues))
        claimed = (
            rf"(?:{'|'.join(cue_words('name_claim'))})[是为叫]?(?:{named}|[{sure}][{_HAN}])",
            f"姓[{family}]|{_HANDED_TO}[{family}]|[打转付退汇][到给][{family}]",
            rf"(?:团长|群主|家委)[{_HAN}]{{2,3}}{_PARENT}",
        )
        behind_role = (f"(?:{'|'.join(words.before_names)})(?:是|叫|：|:|、)?(?:{named})",)
        titled = (
            f"(?:[{familiar}{seldom}]|{'|'.join(sorted(self._rules.compound))})[{_HAN}]{{0,2}}(?:{titles})",
        )
        familiarly = (
            f"(?:{'|'.join(words.roles)})(?:的|是|叫|：|:)?小[{family}]",
            f"小[{family}](?:{'|'.join((*words.after_familiar, '为[您你]服务'))})",
            f"[{sure}][{short_titles}]|[{_SISTERS}]姐|[{_BROTHERS}]哥",
            f"老[{sure}]头",
        )
        by_halves = (
            f"小[{_HAN}]{_PARENT}|[{pets}{''.join(sorted(ALL_TWINS))}]{{2}}{_PARENT}",
            f"[{''.join(sorted(ALL_TWINS))}]{{2}}(?:{titles})",
        )
        passes = (beside_number, told, claimed, behind_role, titled, familiarly, by_halves)
        self.gate_passes = tuple("|".join(one) for one in passes)
        self.gate = "|".join(self.gate_passes)

    def _compile_fields(self) -> None:
        field, phrase, claim = (any_of(cue_words(group)) for group in _GROUPS)
        value = f"{_DOTTED}|[{_HAN}]{{2,4}}"
        self._field = re.compile(
            rf"{field}(?:名字|姓名|信息|{_IS})?[\s:：=（(【\[\"'“「|]{{1,4}}(?P<value>{value}|{_LATIN})"
        )
        self._phrase = re.compile(
            rf"(?:{phrase}|{_ASKED}|{field}(?P<linked>{_IS}))[\s:：]{{0,2}}(?P<value>{value})"
        )
        self._bare_field = re.compile(rf"(?:(?P<field>{field})|{claim})(?:{_IS})?(?P<value>[{_HAN}]{{2,4}})")
        self._before_phone = re.compile(
            rf"(?<![{_HAN}])(?P<value>[{_HAN}]{{2,4}})[\s,，、:：（(|/]{{0,3}}"
            rf"(?:收|联系|手机|电话|号码|号|tel|[:：\s]){{0,4}}{_PHONE}"
        )
        self._before_id = re.compile(
            rf"(?<![{_HAN}])(?P<value>[{_HAN}]{{2,4}})[\s,，、:：（(|/]{{0,3}}(?:身份证号?码?[:：\s]?)?{_RESIDENT_ID}"
        )
        self._account_of = re.compile(
            rf"(?:[打转付退汇]到|[打转付退汇]给)(?P<value>[{_HAN}]{{2,4}}?)的?(?:支付宝|微信|名下|账户|账号|银行卡|卡上)"
        )

        alone = f"(?P<value>[{_HAN}]{{2,4}})"
        bank = rf"(?:[{_HAN}]{{1,3}}[行储][\s,，]{{1,2}})?"
        self._behind_number = re.compile(rf"(?<=[0-9]{{3}})[\s,，;；、。|/]{{0,3}}{bank}{alone}(?![{_HAN}])")
        self._receiver = re.compile(
            rf"(?<=[{_ADDRESS_ENDS}])[\s,，]{{0,2}}{alone}\s?[(（]?收[)）]?(?![{_HAN}])"
        )

    def find(self, text: str) -> list[Candidate]:
        """Return names."""
        found: list[Candidate] = []
        found += overlapping(self._titled, text, lambda match: self._with_title(text, match))
        found += overlapping(self._short, text, lambda match: self._with_short_title(text, match))
        if "小" in text:
            found += overlapping(self._familiar, text, self._little)
        found += overlapping(self._field, text, lambda match: self._after(text, match, _FIELD))
        found += overlapping(self._bare_field, text, lambda match: self._bare(text, match))
        if _NUMBER.search(text):
            found += overlapping(self._before_phone, text, self._beside_number)
            found += overlapping(self._before_id, text, self._owner)
            found += overlapping(self._behind_number, text, lambda match: self._near_number(text, match))
        if "收" in text:
            found += overlapping(self._receiver, text, self._beside_number)
        found += overlapping(self._account_of, text, self._owner)
        found += overlapping(self._spelt, text, self._told)
        found += overlapping(self._handed, text, lambda match: self._in_hands(text, match))
        found += overlapping(self._behind_role, text, lambda match: self._in_role(text, match))
        found += overlapping(self._phrase, text, lambda match: self._in_phrase(text, match))
        found += overlapping(self._old, text, lambda match: self._old_man(text, match))
        if _ANY_PARENT.search(text):
            found += overlapping(self._of_child, text, lambda match: self._parent(text, match))
        return found

    def _old_man(self, text: str, match: re.Match[str]) -> Candidate | None:
        if not self._rules.opens(text, match.start()) or self._rules.stays_clear(match[0]):
            return None
        return self.candidate(*match.span(), 0.75, "family name between 老 and 头")

    def _parent(self, text: str, match: re.Match[str]) -> Candidate | None:
        """A child's pet name and its parent: 悦悦妈妈, who are called so by teachers and doctors."""
        start = match.start()
        begins = self._rules.opens(text, start) or text[start - 1] in "园班级群长主委"
        if match["name"] in _NO_PETS or not begins:
            return None
        return self.candidate(*match.span(), 0.7, "a child's pet name and its parent")

    def _with_title(self, text: str, match: re.Match[str]) -> Candidate | None:
        at, end = match.span()
        start = self._rules.before_title(text, at)
        if start is None and text[at - 2 : at - 1] == text[at - 1 : at] and text[at - 1 : at] in ALL_TWINS:
            start = at - 2  # 莎莎导游
        if start is None or self._figures.stays_clear(text, start, end, match[0]):
            return None
        if self._is_thing(text[start:at]):
            return None  # 车费司机, 华润顾问
        return self.candidate(start, end, 0.9 if at - start > 1 else 0.85, "family name and title")

    def _is_thing(self, name: str) -> bool:
        """Whether what looks like a name is a word of the dictionary, and its family name a word as well."""
        if len(name) < _LEAST_WORD or name[0] in self._rules.sure or not self._is_word(name):
            return False
        return tagged_words(name)[0][1] not in _NAME_CLASSES and not self._rules.is_usual(name[1:])

    def _with_short_title(self, text: str, match: re.Match[str]) -> Candidate | None:
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        if not self._rules.opens(text, start) or self._rules.stays_clear(match[0]):
            return None
        addressed = before in _ADDRESSING if before else False
        if before and is_han(before) and not addressed:
            return None
        if after and (after in _WORD_GOES_ON or (is_han(after) and not addressed and after not in _VERBS)):
            return None
        return self.candidate(start, end, 0.7, "family name and short title")

    def _little(self, match: re.Match[str]) -> Candidate | None:
        group = next(name for name in ("name", "name2", "name3") if match[name])
        careful = group == "name2" and match[group][1] in self._rules.careful
        if careful or self._rules.stays_clear(match[group]):
            return None
        return self.candidate(*match.span(group), 0.75, "小 and family name, in a role")

    def _after(self, text: str, match: re.Match[str], score: float) -> Candidate | None:
        start, end = match.span("value")
        value = match["value"]
        if not is_han(value[0]) or any(char in DOTS for char in value):
            return self.candidate(start, end, score, "behind the name of a field")
        name = self._whole(text, match, named=True) or self._longest(value)
        # behind a field even the name of a public person is a customer's
        if not name or (self._rules.is_word(name) if score >= _FIELD else self._rules.stays_clear(name)):
            return None
        reason = "behind the name of a field, family name holds"
        return self.candidate(start, start + len(name), score, reason)

    def _longest(self, value: str) -> str:
        """The name at the beginning; none where the family name is a function word and the other no name."""
        name = value[: self._rules.length(value)]
        function_word = name[:1] in self._rules.never and name[:2] not in self._rules.compound
        return "" if function_word and not self._rules.is_usual(name[1:]) else name

    def _bare(self, text: str, match: re.Match[str]) -> Candidate | None:
        """Directly behind a field or 我是, nothing between: a sure name and a clear end."""
        start, value, named = match.start("value"), match["value"], match["field"] is not None
        name = self._whole(text, match, named=named)
        if not name:
            name = value[: self._rules.length(value)]
            usual = self._rules.is_usual(name[1:])
            if not (usual and self._rules.is_sure(name) and self._rules.closes(text, start + len(name))):
                return None
        rare = name[0] not in self._rules.frequent and name[:2] not in self._rules.compound
        whole = len(name) > 2 and name[0] in self._rules.sure and self._rules.is_usual(name[1:])
        if rare and not named and not whole:
            return None
        return self.candidate(start, start + len(name), 0.8, "sure name directly behind a field")

    def _whole(self, text: str, match: re.Match[str], *, named: bool) -> str:
        """All Han characters behind a field where they are a sure name together; else nothing."""
        value = match["value"]
        after = text[match.end("value") : match.end("value") + 1]
        if (after.isalnum() and after != "") or (len(value) > 3 and value[:2] not in self._rules.compound):
            return ""
        return value if self._rules.is_sure(value, named=named) else ""

    def _near_number(self, text: str, match: re.Match[str]) -> Candidate | None:
        """Behind a long number: 13800138000 王小明, or with a bank between."""
        start = match.start()
        digits = sum(char.isdigit() for char in text[max(0, start - 12) : start])
        return self._beside_number(match) if digits >= 7 else None

    def _beside_number(self, match: re.Match[str]) -> Candidate | None:
        if not self._rules.is_sure(match["value"]):
            return None
        return self.candidate(*match.span("value"), 0.8, "sure name beside a long number, or before 收")

    def _owner(self, match: re.Match[str]) -> Candidate | None:
        """Before an identity number, or whose account it is."""
        if not self._rules.is_sure(match["value"], named=True):
            return None
        return self.candidate(*match.span("value"), 0.8, "sure name of who has a number or an account")

    def _told(self, match: re.Match[str]) -> Candidate:
        """The whole name behind its family name: 免贵姓连，连城."""
        return self.candidate(*match.span("value"), 0.85, "a name that begins with the family name before it")

    def _in_hands(self, text: str, match: re.Match[str]) -> Candidate | None:
        """Whom a ticket or money goes to: 转派给殷悦."""
        start, value = match.start("value"), match["value"]
        for length in range(len(value), 1, -1):
            name = value[:length]
            if self._rules.is_sure(name, named=True) and self._rules.closes(text, start + length):
                return self.candidate(start, start + length, 0.75, "who is handed something")
        return None

    def _in_role(self, text: str, match: re.Match[str]) -> Candidate | None:
        """Behind who somebody is: a family name with a usual given name that does not go on."""
        value, start = match["value"], match.start("value")
        if value[0] == value[1] and value[0] not in ALL_TWINS:
            return None  # 客服明明说好的
        family = 2 if value[:2] in self._rules.compound else 1
        for length in (family + 2, family + 1):
            name = value[:length]
            given = name[family:]
            if len(name) < length or not self._rules.is_usual(given):
                continue
            if not self._rules.is_sure(name, named=True):
                continue
            if len(given) == 2 or self._rules.closes(text, start + length):
                return self.candidate(start, start + length, 0.75, "usual name behind a role")
        return None

    def _in_phrase(self, text: str, match: re.Match[str]) -> Candidate | None:
        """Like a field, but a family name that is a word as well needs a clear end: not 名叫平板的."""
        own = match[0][0] in _OWN
        found = self._after(text, match, _FIELD if own else _PHRASE)
        if found is None or text[found.start] not in self._rules.careful | self._rules.never:
            return found
        if match["linked"] and text[found.start] in self._rules.never:
            return None  # 户名是公司的
        after = text[found.end : found.end + 1]
        closed = not after or not is_han(after) or after in self._rules.stops - {"的"}
        return found if closed else None


def _either_case(word: str) -> str:
    """A word whose first letter may be a capital, as `any_of` reads it."""
    return f"[{word[0].upper()}{word[0].lower()}]{word[1:]}" if word[0].isascii() else word


_PET_SYLLABLES: Final = (
    "糖豆果朵妞萌圆团念沐沫漾桃栗橙柚米糯酥泡芽苗笋鹿兔喵咪球珠丁点滴乐贝洛布叮当毛虎牛壮胖瓜花草"
    "星月心想思盼跳闹皮笑沙佩"
)
"""Characters that are doubled in pet names of children, beside those of given names."""
_SISTERS: Final = "芳霞梅兰丽娟燕玲萍英珍琴云凤娜敏艳秀莲蓉琳莉倩婷雯"
_BROTHERS: Final = "强军伟刚勇辉峰涛杰飞虎彪斌浩鹏超俊"
"""Given names of one character with which staff and neighbours are called: 芳姐, 强哥."""
_PARENT: Final = "(?:妈妈|爸爸|妈咪|家长)"
_ANY_PARENT: Final = re.compile(_PARENT)
_NUMBER: Final = re.compile("[0-9]{3}")
_NO_PETS: Final = frozenset(
    [
        *(
            "宝宝",
            "妈妈",
            "爸爸",
            "爷爷",
            "奶奶",
            "娃娃",
            "天天",
            "刚刚",
            "常常",
            "谢谢",
            "哥哥",
            "姐姐",
            "弟弟",
            "妹妹",
        ),
        *(
            "小孩",
            "小区",
            "小班",
            "小学",
            "小时",
            "小兔",
            "小熊",
            "小猫",
            "小狗",
            "小猪",
            "小鸡",
            "小鸭",
            "小鸟",
            "小马",
            "小牛",
        ),
        *("小羊", "小象", "小鱼", "小虎", "小猴", "小蛇", "小鼠", "小宝", "小娃", "小心", "小白"),
    ]
)
"""What is made like a pet name and is a word, or an animal of picture books."""
_FIELD: Final = 0.9
_PHRASE: Final = 0.88
_LEAST_WORD: Final = 2
_NAME_CLASSES: Final = frozenset({"nr", "nrfg", "nrt"})
_ADDRESSING: Final = frozenset("找问跟给叫请让被对向由服员")
"""Before a family name with a short title: 找李总."""
_VERBS: Final = frozenset("说给帮的很在让和送打态是你您谈聊处反要退换交答找介约")
"""Behind one that stands at the beginning: 李总说."""
_WORD_GOES_ON: Final = frozenset("友员伍体结共部额价数量程具厂作坊妈婆父母女儿演师游人")
"""What makes another word of a short title: 队友, 总部, 导演."""

_GROUPS: Final = ("name_field", "name_phrase", "name_claim")
"""Groups of cue words: names of fields, phrases that tell a name, claims that may tell one."""
