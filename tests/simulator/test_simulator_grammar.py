"""The template language, and the identifiers of the sample company."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.errors import ConfigError
from voc.simulator.draft import Draft
from voc.simulator.grammar import Piece, expand, parse, variants
from voc.simulator.identifiers import luhn_digit, order_number, organisation_code, resident_id_digit, uscc
from voc.simulator.world import load_lexicon


class Plain:
    """A voice that says the slot's name, the number, and a marked value."""

    def word(self, name, _):
        return f"<{name}>"

    def number(self, low, high, rng):
        return str(rng.randint(low, high))

    def personal(self, name, _):
        return [Piece(name.upper(), "X")]


def surfaces(template):
    return {"".join(p.text for p in expand(template, Plain(), Random(seed))) for seed in range(200)}


def test_alternatives_nest_and_may_be_empty():
    assert surfaces("等了[很久|[三|四]天][|才到]") == {
        "等了很久",
        "等了三天",
        "等了四天",
        "等了很久才到",
        "等了三天才到",
        "等了四天才到",
    }


def test_numbers_stay_in_their_range():
    assert surfaces("{3-5}天") == {"3天", "4天", "5天"}


def test_values_are_pieces_of_their_own():
    assert expand("电话{@mobile}，急{p}", Plain(), Random(1)) == [
        Piece("电话"),
        Piece("MOBILE", "X"),
        Piece("，急<p>"),
    ]


@pytest.mark.parametrize("template", ["[a|b", "a]b", "{name", "[a|{x]", "a}b"])
def test_brackets_that_do_not_match_are_told(template):
    with pytest.raises(ConfigError):
        parse(template)


def test_every_tag_has_many_phrases_in_many_variants():
    phrases = load_lexicon().phrases
    assert len(phrases) == 53
    for tag, polarities in phrases.items():
        listed = [phrase for group in polarities["complaint"].values() for phrase in group]
        assert len(listed) >= 25, tag
        assert sum(variants(phrase) for phrase in listed) >= 40, tag


def test_every_template_parses_and_every_slot_is_known():
    lexicon = load_lexicon()
    for polarities in lexicon.phrases.values():
        for groups in polarities.values():
            for where, phrases in groups.items():
                known = {"any", *lexicon.goods.channels}
                known |= {item.key for item in lexicon.goods.products}
                known |= {item.category for item in lexicon.goods.products}
                assert set(where.split("+")) <= known, where
                for phrase in phrases:
                    assert parse(phrase)


def test_places_stay_right_when_a_typo_changes_the_length():
    words = load_lexicon().words
    for seed in range(50):
        draft = Draft(words, "，", "。")
        draft.clause([Piece("快递真的太慢了")], lead="就是", tag="logistics.delay", polarity=-1)
        draft.clause([Piece("电话"), Piece("13000030000", "CN_MOBILE"), Piece("找我吧")])
        written = draft.finish(Random(seed), typo=1.0, full_width=0.5)
        mark = written.pii[0]
        assert written.text[mark.start : mark.end] == "13000030000"
        tag = written.tags[0]
        assert written.text[tag.end] == "，"
        assert written.text[: tag.start] in {"就是", "是"}


def test_check_digits_agree_with_published_examples():
    assert resident_id_digit("11010519491231002") == "X"  # GB 11643-1999, annex
    assert luhn_digit("7992739871") == "3"  # the usual example of ISO/IEC 7812-1, annex B
    assert organisation_code("D2143569") == "X"  # GB 11714-1997, example


@given(st.integers(min_value=0, max_value=10**6))
def test_credit_codes_have_eighteen_characters_without_confusable_letters(seed):
    code = uscc("330106", Random(seed))
    assert len(code) == 18
    assert not set(code) & set("IOZSV")


@given(
    st.lists(st.integers(min_value=0, max_value=10**7), unique=True, min_size=2, max_size=50),
    st.sampled_from(["天猫", "京东", "小程序", "APP", "门店"]),
)
def test_order_numbers_are_unique(indices, channel):
    numbers = {order_number(channel, date(2024, 5, 6), index, 3) for index in indices}
    assert len(numbers) == len(indices)
