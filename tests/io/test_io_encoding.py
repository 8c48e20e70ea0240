from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from io_tables import read_rows

from voc.io import open_table
from voc.io.encoding import ERRORS, sniff_encoding

ROWS = "编号,内容\n" + "".join(f"{n},第{n}条：物流很慢，客服态度还行，总体满意\n" for n in range(50))


def sniff(data: bytes):
    return sniff_encoding(io.BytesIO(data))


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
        ("utf-16", "UTF-16 LE"),
        ("utf-16-le", "UTF-16 LE"),
        ("utf-16-be", "UTF-16 BE"),
    ],
)
def test_encodings_a_chinese_company_uses(codec, label, tmp_path):
    data = ROWS.encode(codec)
    found = sniff(data)
    assert (found.label, found.bad, found.size) == (label, 0, len(data))
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    rows = read_rows(path)
    assert len(rows) == 50
    assert rows[7]["内容"] == "第7条：物流很慢，客服态度还行，总体满意"


def test_byte_order_mark_of_big_endian_utf16():
    assert sniff(b"\xfe\xff" + ROWS.encode("utf-16-be")).codec == "utf-16-be"


def test_plain_ascii_in_utf16_without_a_mark():
    assert sniff("id,text\n1,fine\n2,bad\n".encode("utf-16-le")).codec == "utf-16-le"


def test_plain_ascii_is_utf8():
    assert sniff(b"id,text\n1,fine\n").codec == "utf-8"


def test_nul_bytes_do_not_make_it_utf16():
    assert sniff("编号,内容\n1,好\0\n2,\0坏\n3,a\0b\0c\n".encode()).codec == "utf-8"
    for text in (b"text\n\0\n", b"a\n\0\n", b"ab\n\0\n", "内容\n\0好\n".encode() + b"\xff\n"):
        assert sniff(text).codec == "utf-8"


def test_chinese_that_comes_only_after_two_megabytes_of_ascii():
    data = b"id,text\n" + b"1,fine and well\n" * 150_000 + "2,还行\n".encode("gb18030")
    assert sniff(data).codec == "gb18030"


def test_western_text_is_left_to_the_last_resort():
    line = "Très déçu, l'équipe n'a pas répondu à ma réclamation; où est la facture, s'il vous plaît?\n"
    found = sniff(("id;texte\n" + "".join(f"{n};{line}" for n in range(40))).encode("cp1252"))
    assert found.bad == 0
    assert found.codec.startswith(("cp125", "latin", "iso8859"))


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("count", [1, 3, 7])
def test_a_few_broken_rows_do_not_change_the_encoding(codec, count):
    lines = ROWS.encode(codec).split(b"\n")
    for n in range(count):
        lines[3 + 5 * n] += b"\xff"
    found = sniff(b"\n".join(lines))
    assert found.codec == codec
    assert found.bad == count


def test_a_stray_byte_is_no_reason_to_guess_at_other_encodings():
    found = sniff(b"id,text\n1,fine\n2,b\xffd\n3,fine\n")
    assert (found.codec, found.bad) == ("utf-8", 1)


def test_many_broken_rows_of_a_large_file_do_not_change_the_encoding():
    line = "第几条评论，物流很慢，客服还行\n".encode("gb18030")
    found = sniff(b"text\n" + (line * 99 + b"\xff\xff" + line) * 100)
    assert (found.codec, found.bad) == ("gb18030", 200)


def test_utf8_stays_utf8_where_gb18030_would_read_nonsense_without_complaint():
    clean = "内容,分\n" + "还好,5\n" * 30  # every cell an even number of bytes: valid as GB18030 too
    data = clean.encode() + b"\xe5\xa5,4\n"
    assert sniff(data).codec == "utf-8"


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("bad", [b"\x81", b"\x81\x30", b"\xff", b"\xe4\xbd", b"\x81\x30\x81"])
def test_a_bad_byte_swallows_no_delimiter_and_no_line_end(codec, bad):
    for follower in (b",", b"\n", b'"', b"\t", b";", b"\r\n"):
        text = (bad + follower).decode(codec, ERRORS)
        assert text.endswith(follower.decode())


@given(st.binary(max_size=400), st.sampled_from(["utf-8", "gb18030", "utf-16-le", "utf-16-be"]))
def test_any_bytes_decode_to_something(data, codec):
    text = data.decode(codec, ERRORS)
    if codec in ("utf-8", "gb18030"):
        assert text.count("\n") == data.count(b"\n")
        assert text.count(",") == data.count(b",")


@given(st.binary(max_size=2000))
def test_any_bytes_are_sniffed_and_hashed(data):
    import hashlib

    found = sniff(data)
    assert found.size == len(data)
    assert found.sha256 == hashlib.sha256(data).hexdigest()


def test_the_choice_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(ROWS.encode("gb18030") + b"50,\xff\n")
    with open_table(path) as reader:
        assert reader.notes[0] == "encoding: GB18030, 1 undecodable byte"
