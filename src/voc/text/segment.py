"""Cuts text into words: rjieba does the work, with the tokens that jieba 0.42.1 would give.

Both share one dictionary (349,046 words) and one hidden Markov model, and agree on Chinese. They differ in
two places, which `Segmenter` evens out to what jieba gives:

- runs of ASCII that hold punctuation (`60-70`, `qq.com`, `2.5G`): jieba's unknown-word step cuts them at
  `[a-zA-Z0-9]+(?:\\.\\d+)?%?`, rjieba keeps them whole;
- Han characters outside U+4E00–U+9FD5: single tokens for jieba, words for rjieba.

What is left are ties: in long repeats of one character (好好好好…) several paths have the same probability,
and the two break the tie differently. `scripts/compare_segmenters.py` holds them against each other on any
table of texts.

Beyond jieba: a placeholder that masking left (`<手机号>`) is one token, and so is a user word that holds a
character which jieba never joins (a blank, punctuation, emoji).
"""

from __future__ import annotations

import re
import string
import tempfile
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voc.text.terms import code_points

__all__ = [
    "ReferenceSegmenter",
    "Segmenter",
    "dictionary_has",
    "dictionary_words",
    "tagged_words",
    "word_class",
]

_PLACEHOLDER: Final = r"<[^<>\s]{1,40}>"
_RARE_HAN_RANGES: Final = ((0x3400, 0x4DBF), (0x9FD6, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
_RARE_HAN: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in _RARE_HAN_RANGES)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_JOINERS: Final = "-+#&._%"
_LETTER, _JOINER, _SPECIAL = 1, 2, 4
"""Kinds of characters: ASCII letters and digits, marks that may join them, and what rjieba may get wrong."""
_RUN: Final = re.compile(r"[a-zA-Z0-9+#&._%-]{2,}")
_PIECE: Final = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_JOINABLE: Final = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%-]+")
"""Characters that the dictionary step may join into one word."""


class Segmenter:
    """Cuts texts into words. The tokens of a text, joined, are the text.

    Parameters
    ----------
    user_words
        Words that the dictionary lacks (brand and product names). Their order does not matter.
    """

    def __init__(self, user_words: Iterable[str] = ()) -> None:
        import rjieba

        words = sorted({word.strip() for word in user_words} - {""})
        if words:
            core = rjieba.Jieba()
            for word in words:
                if _JOINABLE.fullmatch(word):
                    core.add_word(word, None, None)
            self._cut, self._has = core.cut, core.has_word
        else:
            self._cut, self._has = rjieba.cut, rjieba.has_word
        fixed = sorted((word for word in words if not _JOINABLE.fullmatch(word)), key=len, reverse=True)
        choices = [_PLACEHOLDER, f"[{_RARE_HAN}]", *map(re.escape, fixed)]
        self._whole = re.compile(f"({'|'.join(choices)})")
        self._kinds = _kinds("<" + "".join(word[0] for word in fixed))

    def cut(self, text: str) -> list[str]:
        """Return the words of one text."""
        return self.cut_batch([text])[0]

    def cut_batch(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the words of each text."""
        plain = self._cut
        special = self._special(texts)
        if not len(special):
            return [plain(text) for text in texts]
        chosen = set(special.tolist())
        return [self._cut_special(text) if at in chosen else plain(text) for at, text in enumerate(texts)]

    def _special(self, texts: Sequence[str]) -> npt.NDArray[np.int64]:
        """Places of texts in which rjieba and jieba may differ, or that may hold a whole word of ours."""
        kinds = self._kinds[code_points("\n".join(texts))]
        before, after = kinds[:-1], kinds[1:]
        joined = ((before & _LETTER) & (after >> 1)) | ((before >> 1) & (after & _LETTER))
        at = np.concatenate([np.flatnonzero(joined & 1), np.flatnonzero(kinds & _SPECIAL)])
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        return np.unique(np.searchsorted(ends, at, side="right"))

    def _cut_special(self, text: str) -> list[str]:
        tokens: list[str] = []
        for index, piece in enumerate(self._whole.split(text)):
            if index % 2:
                tokens.append(piece)
            elif piece:
                tokens.extend(self._cut_piece(piece))
        return tokens

    def _cut_piece(self, text: str) -> list[str]:
        """Cut with rjieba, and its runs of ASCII as jieba cuts them."""
        tokens = self._cut(text)
        joined = [
            at
            for at, token in enumerate(tokens)
            if token.isascii() and len(token) > 1 and not token.isalnum() and _RUN.fullmatch(token)
        ]
        for at in reversed(joined):
            if not self._has(tokens[at]):
                tokens[at : at + 1] = [part for part in _PIECE.split(tokens[at]) if part]
        return tokens


def _kinds(special: str) -> npt.NDArray[np.uint8]:
    """Kind of each code point. `special` are characters that ask for a second look, beside rare Han."""
    kinds = np.zeros(0x110000, dtype=np.uint8)
    kinds[[ord(char) for char in string.ascii_letters + string.digits]] = _LETTER
    kinds[[ord(char) for char in _JOINERS]] = _JOINER
    for first, last in _RARE_HAN_RANGES:
        kinds[first : last + 1] = _SPECIAL
    kinds[[ord(char) for char in special]] |= _SPECIAL
    return kinds


def dictionary_words(text: str) -> list[str]:
    """Return the words of a text as rjieba cuts it, by its own dictionary, runs of ASCII too.

    Joined, they are the text, lone surrogates apart, which become U+FFFD.
    """
    import rjieba

    return rjieba.cut(_SURROGATE.sub("\ufffd", text))


def tagged_words(text: str) -> list[tuple[str, str]]:
    """Return the same words, each with its class: `nr` a person, `ns` a place, `x` unknown."""
    import rjieba

    return rjieba.tag(_SURROGATE.sub("\ufffd", text))


def word_class(word: str) -> str:
    """Return the class of one word; `x` where, by itself, it would be cut."""
    tagged = tagged_words(word)
    return tagged[0][1] if len(tagged) == 1 else "x"


class ReferenceSegmenter:
    """jieba itself, to hold `Segmenter` against. Slow, silent, and leaves no file behind.

    jieba logs to standard error, and caches its dictionary under a name that anybody on the machine can
    guess and put a file of their own at (it is read with `marshal`). Here its log is silent and its cache
    goes into a fresh private folder, which is removed at once.
    """

    def __init__(self, user_words: Iterable[str] = ()) -> None:
        self._tokenizer = _new_jieba_tokenizer()
        for word in user_words:
            self._tokenizer.add_word(word)

    def cut(self, text: str) -> list[str]:
        """Return the words of one text."""
        return self._tokenizer.lcut(text)  # type: ignore[no-any-return]


def _new_jieba_tokenizer() -> Any:  # noqa: ANN401 - jieba has no type information
    with warnings.catch_warnings():
        # jieba 0.42.1 has invalid escapes in its sources and imports pkg_resources
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    with tempfile.TemporaryDirectory(prefix="voc-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        tokenizer.tmp_dir = folder
        tokenizer.initialize()
    return tokenizer


def dictionary_has() -> Callable[[str], bool]:
    """Return the function that says of a word whether the dictionary holds it."""
    import rjieba

    has: Callable[[str], bool] = rjieba.has_word
    return has
