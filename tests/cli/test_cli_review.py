"""People correct tags in a workbook or in Label Studio, and the corrections come back as figures and
labels.
"""

from __future__ import annotations

import json

import openpyxl

TEXTS = ["物流太慢了，等了五天才到", "质量很好，非常满意", "客服态度恶劣", "味道不好吃", "价格不贵，很划算"]


def tagged(shell) -> str:
    shell.write("a.csv", "text\n" + "".join(f"{text}{number}\n" for number in range(4) for text in TEXTS))
    assert shell.run("tag", "a.csv", "-o", "tagged.parquet").returncode == 0
    return "tagged.parquet"


def mark(shell, source: str, target: str, lines) -> None:
    """Choose 已核对 in these lines."""
    book = openpyxl.load_workbook(shell.folder / source)
    place = {cell.value: cell.column for cell in book["review"][1]}
    for line in lines:
        book["review"].cell(line, place["reviewed"]).value = "已核对"
    book.save(shell.folder / target)


def test_a_workbook_there_and_back(shell):
    source = tagged(shell)
    done = shell.run("review", "export", source, "-o", "r.xlsx", "--uncertain", "5", "--random", "10")
    assert done.returncode == 0, done.stderr
    book = openpyxl.load_workbook(shell.folder / "r.xlsx")
    sheet = book["review"]
    assert sheet.max_row == 16
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert "taxonomy!$A$1:$A$54" in lists
    place = {cell.value: cell.column for cell in sheet[1]}
    samples = [sheet.cell(line, place["sample"]).value for line in range(2, 17)]
    assert samples.count("random") == 10
    wrong = samples.index("random") + 2
    for slot in range(1, 7):
        sheet.cell(wrong, place[f"tag {slot}"]).value = None
        sheet.cell(wrong, place[f"polarity {slot}"]).value = None
    sheet.cell(wrong, place["tag 1"]).value = "投诉类型:发票"
    sheet.cell(wrong, place["sentiment"]).value = "中性"
    book.save(shell.folder / "mine.xlsx")
    mark(shell, "mine.xlsx", "mine.xlsx", range(2, 17))
    mark(shell, "r.xlsx", "hers.xlsx", range(2, 17))
    done = shell.run("review", "import", "mine.xlsx", "--second", "hers.xlsx", "-o", "labels.csv", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["rows"], facts["changed"], facts["shared"]) == (15, 1, 15)
    told = {row["name"]: row for row in facts["precision"]}
    assert told["sentiment"]["right"] == 9
    assert told["all"]["right"] < told["all"]["told"]
    assert told["all"]["precision_ci_lower"] < told["all"]["precision"] < told["all"]["precision_ci_upper"]
    assert 0 < facts["kappa_tags"] < 1
    labels = (shell.folder / "labels.csv").read_text("utf-8-sig")
    assert "payment.invoice:-1" in labels
    trained = shell.run("train", "labels.csv", "-o", "own.npz", "--label", "tags", "--kind", "tags")
    assert trained.returncode == 3, "fifteen texts are too few, and that is said"
    assert "too few" in trained.stderr


def test_a_cell_that_is_no_tag_is_told_by_line(shell):
    shell.run("review", "export", tagged(shell), "-o", "r.xlsx", "--uncertain", "0", "--random", "3")
    book = openpyxl.load_workbook(shell.folder / "r.xlsx")
    book["review"]["D2"] = "大概"
    book["review"]["F3"] = "投诉类型:没有这个"
    book.save(shell.folder / "r.xlsx")
    done = shell.run("review", "import", "r.xlsx")
    assert done.returncode == 2
    assert "line 2, reviewed: not a mark" in done.stderr
    assert "line 3, tag 1" in done.stderr
    assert "没有这个" not in done.stderr


def test_label_studio_there_and_back(shell):
    done = shell.run("review", "export", tagged(shell), "-o", "r.json", "--uncertain", "2", "--random", "4")
    assert done.returncode == 0, done.stderr
    tasks = json.loads((shell.folder / "r.json").read_text("utf-8"))
    assert len(tasks) == 6
    assert 'alias="logistics.delay:-1"' in (shell.folder / "r.xml").read_text("utf-8")
    for task in tasks[:5]:
        task["annotations"] = [{"result": task["predictions"][0]["result"]}]
    shell.write("done.json", json.dumps(tasks, ensure_ascii=False))
    facts = json.loads(shell.run("review", "import", "done.json", "--json").stdout)
    assert (facts["rows"], facts["of"], facts["changed"]) == (5, 6, 0)
    assert all(row["precision"] == 1 for row in facts["precision"])
    untouched = shell.run("review", "import", "r.json")
    assert (untouched.returncode, untouched.stdout) == (3, "")
    assert "nobody judged any of 6 rows" in untouched.stderr


def test_rows_that_nobody_marked_say_nothing_of_the_model(shell):
    shell.run("review", "export", tagged(shell), "-o", "r.xlsx", "--uncertain", "0", "--random", "10")
    sheet = openpyxl.load_workbook(shell.folder / "r.xlsx")["review"]
    assert "不计入准确率" in sheet["D1"].comment.text
    assert '"已核对"' in {rule.formula1 for rule in sheet.data_validations.dataValidation}
    untouched = shell.run("review", "import", "r.xlsx", "-o", "labels.csv")
    assert (untouched.returncode, untouched.stdout) == (3, "")
    assert "nobody judged any of 10 rows" in untouched.stderr
    assert "已核对" in untouched.stderr
    assert "labels.csv" not in shell.files()
    mark(shell, "r.xlsx", "some.xlsx", (2, 4, 5))
    book = openpyxl.load_workbook(shell.folder / "some.xlsx")
    for line in (4, 6):  # one of them is marked
        book["review"].cell(line, 5).value = "中性"
    book.save(shell.folder / "some.xlsx")
    done = shell.run("review", "import", "some.xlsx", "-o", "labels.csv")
    assert done.returncode == 0, done.stderr
    assert "3 of 10 rows judged, 1 changed" in done.stdout
    assert "1 row is changed but not marked" in done.stderr
    facts = json.loads(shell.run("review", "import", "some.xlsx", "--json").stdout)
    told = {row["name"]: (row["right"], row["told"]) for row in facts["precision"]}
    assert told["sentiment"] == (2, 3)
    assert len((shell.folder / "labels.csv").read_text("utf-8-sig").splitlines()) == 4
    alone = shell.run("review", "import", "some.xlsx", "--second", "r.xlsx")
    assert (alone.returncode, "r.xlsx: nobody judged" in alone.stderr) == (3, True)


def test_a_workbook_of_before_the_marks(shell):
    shell.run("review", "export", tagged(shell), "-o", "r.xlsx", "--uncertain", "0", "--random", "5")
    book = openpyxl.load_workbook(shell.folder / "r.xlsx")
    book["review"].delete_cols(4)
    book.save(shell.folder / "old.xlsx")
    untouched = shell.run("review", "import", "old.xlsx")
    assert (untouched.returncode, untouched.stdout) == (3, "")
    assert "nobody changed any row" in untouched.stderr
    book["review"]["D2"] = "中性"
    book.save(shell.folder / "old.xlsx")
    done = shell.run("review", "import", "old.xlsx")
    assert done.returncode == 0, done.stderr
    assert "5 of 5 rows judged, 1 changed" in done.stdout
    assert "every row counts as judged" in done.stderr


def test_files_that_are_no_review_are_told(shell):
    shell.write("a.json", '{"data": 1}')
    shell.write("min.json", '[{"text": "a", "sentiment": "负面"}]')
    for name, code, told in (
        ("a.json", 3, "not a JSON file of Label Studio"),
        ("min.json", 2, "task 0: not a task of voc review export"),
    ):
        done = shell.run("review", "import", name)
        assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_text_that_may_not_be_masked_is_not_exported(shell):
    shell.write("t.jsonl", '{"text":"a13912345678","sentiment":1,"sentiment_score":0.5,"tags":[]}\n')
    done = shell.run("review", "export", "t.jsonl", "-o", "r.xlsx")
    assert done.returncode == 3
    assert "--masked" in done.stderr
    shell.assert_canary_is_gone(done, "t.jsonl")


def test_a_table_of_any_format_is_reviewed_alike(shell):
    tagged(shell)
    for name in ("tagged.csv", "tagged.jsonl", "tagged.xlsx"):
        assert shell.run("tag", "a.csv", "-o", name).returncode == 0
    told = []
    for name in ("tagged.parquet", "tagged.csv", "tagged.jsonl", "tagged.xlsx"):
        done = shell.run("review", "export", name, "-o", f"{name}.json", "--masked", "--uncertain", "7")
        assert done.returncode == 0, done.stderr
        told.append(json.loads((shell.folder / f"{name}.json").read_text("utf-8")))
    assert told[0][0]["data"]["model_tags"] == ["logistics.delay:-1"]
    assert all(tasks == told[0] for tasks in told)


def test_a_tagged_table_that_was_damaged_is_told_by_row(shell):
    good = '[{"tag":"price.high","polarity":-1}]'
    rows = [("贵", "-1", good), ("慢", "-1", good[:-3]), ("好", "5", "[]"), ("贵", "-1", good)]
    lines = [",".join((text, mood, "0.4", '"' + tags.replace('"', '""') + '"')) for text, mood, tags in rows]
    shell.write("t.csv", "text,sentiment,sentiment_score,tags\n" + "\n".join(lines) + "\n")
    done = shell.run("review", "export", "t.csv", "-o", "r.json", "--masked")
    assert done.returncode == 4, done.stderr
    aside = [json.loads(line) for line in (shell.folder / "r.json.quarantine.jsonl").read_text().splitlines()]
    assert [(row["row"], row["column"], row["reason"]) for row in aside] == [
        (1, "tags", "not a list of tags as voc tag writes it"),
        (2, "sentiment", "not -1, 0 or 1"),
    ]
    shell.write("t.csv", "text,sentiment,sentiment_score,tags\n慢,-1,0.4,13912345678\n")
    done = shell.run("review", "export", "t.csv", "-o", "s.json", "--masked")
    assert (done.returncode, "t.csv: column 'tags' holds no lists of tags" in done.stderr) == (2, True)
    shell.assert_canary_is_gone(done, "t.csv")


def test_a_workbook_has_room_for_every_tag_and_every_text(shell):
    names = "logistics.delay service.attitude price.high venue.noise venue.wait safety.food aftersales.refund"
    tags = [{"tag": name, "polarity": -1, "score": 0.9} for name in names.split()]
    rows = [
        {"text": text, "sentiment": -1, "sentiment_score": 0.1, "tags": tags}
        for text in ("慢", "慢" * 40_000)
    ]
    shell.write("t.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    done = shell.run("review", "export", "t.jsonl", "-o", "r.xlsx", "--masked")
    assert done.returncode == 0, done.stderr
    assert "1 text cut to what a cell of Excel holds" in done.stderr
    mark(shell, "r.xlsx", "r.xlsx", (2, 3))
    facts = json.loads(shell.run("review", "import", "r.xlsx", "--json").stdout)
    assert (facts["rows"], facts["changed"]) == (2, 0)
    assert {row["precision"] for row in facts["precision"]} == {1}


def test_an_answer_of_label_studio_that_voc_does_not_know_is_told(shell):
    shell.run("review", "export", tagged(shell), "-o", "r.json", "--uncertain", "0", "--random", "3")
    tasks = json.loads((shell.folder / "r.json").read_text("utf-8"))
    for task, (question, answer) in zip(
        tasks, (("sentiment", "坏"), ("tags", "logistics.delay:7"), ("tags", "a.b:1")), strict=True
    ):
        choice = {"from_name": question, "value": {"choices": [answer]}}
        task["annotations"] = [{"result": [choice]}]
    shell.write("done.json", json.dumps(tasks, ensure_ascii=False))
    done = shell.run("review", "import", "done.json")
    assert done.returncode == 2
    assert "task 0: no sentiment that voc knows" in done.stderr
    assert "task 1: no tag of the taxonomy" in done.stderr
    assert "task 2: no tag of the taxonomy" in done.stderr
