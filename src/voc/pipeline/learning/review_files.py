"""The two files that reviewers work in: a workbook with drop-downs, and tasks for Label Studio."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from voc.errors import ConfigError, Fault, InputError
from voc.io.spreadsheet_sink import cut_to_cell
from voc.pipeline.learning.labelled import MOST_FAULTS
from voc.tagging.review import Review, Reviewed
from voc.tagging.taxonomy import Taxonomy

__all__ = ["MARK", "MOODS", "SLOTS", "read_tasks", "read_workbook", "studio_config", "tasks", "workbook"]

SLOTS: Final = 6
"""Tags that each row of a workbook has room for at least; more where the model found more."""
MOODS: Final = {-1: "负面", 0: "中性", 1: "正面"}
POLARITIES: Final = {-1: "投诉", 0: "提及", 1: "表扬"}
MARK: Final = "已核对"
"""What a reviewer puts beside a row of the workbook that they have judged."""
_MARKED: Final = "reviewed"
_FIXED: Final = ("row", "sample", "text", _MARKED, "sentiment")
_SLOT: Final = re.compile(r"tag (\d+)")
_SHEET: Final = "review"
_GUIDE: Final = f"核对并改正一行后，在此选“{MARK}”。没有选的行不算已核对，不计入准确率，也不用于训练。"


def _parts(tag: str) -> tuple[str, int]:
    name, _, polarity = tag.rpartition(":")
    return name, int(polarity)


def workbook(rows: Sequence[Reviewed], taxonomy: Taxonomy) -> bytes:
    """XLSX with a row for each text: sentiment and tags as the model has them, to be corrected by drop-
    downs, and a mark to be set by whoever has judged the row.
    """
    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet, names = book.add_worksheet(_SHEET), book.add_worksheet("taxonomy")
    for at, tag in enumerate(taxonomy.tags):
        names.write_row(at, 0, (tag.display, tag.id, tag.definition, tag.excludes))
    slots = max([SLOTS, *(len(row.tags) for row in rows)])
    headings = [*_FIXED, *(f"{part} {slot}" for slot in range(1, slots + 1) for part in ("tag", "polarity"))]
    headings += ["model_sentiment", "model_tags"]
    sheet.write_row(0, 0, headings, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(2, 2, 80, wrap)
    sheet.set_column(3, len(headings) - 1, 18)
    sheet.write_comment(0, _FIXED.index(_MARKED), _GUIDE)
    for line, row in enumerate(rows, start=1):
        mood = "" if row.sentiment is None else MOODS[row.sentiment]
        cells: list[Any] = [row.row, row.sample, cut_to_cell(row.text), "", mood]
        for name, polarity in map(_parts, sorted(row.tags)):
            cells += [taxonomy.display(name), POLARITIES[polarity]]
        cells += [""] * (len(headings) - 2 - len(cells))
        cells += [
            "" if row.model_sentiment is None else row.model_sentiment,
            ";".join(sorted(row.model_tags)),
        ]
        sheet.write_row(line, 0, cells)
    last = max(len(rows), 1)
    source = f"=taxonomy!$A$1:$A${len(taxonomy.tags)}"
    for name, choices in ((_MARKED, [MARK]), ("sentiment", list(MOODS.values()))):
        at = _FIXED.index(name)
        shown = {"input_title": name, "input_message": _GUIDE} if name == _MARKED else {}
        sheet.data_validation(1, at, last, at, {"validate": "list", "source": choices, **shown})
    for slot in range(slots):
        column = len(_FIXED) + 2 * slot
        sheet.data_validation(1, column, last, column, {"validate": "list", "source": source})
        sheet.data_validation(
            1, column + 1, last, column + 1, {"validate": "list", "source": list(POLARITIES.values())}
        )
    book.close()
    return content.getvalue()


def read_workbook(path: Path, taxonomy: Taxonomy) -> Review:
    """Read a corrected workbook. Workbooks of before the column of marks have none.

    Raises
    ------
    ConfigError
        With the row and column of every cell that is no mark, sentiment, tag or polarity.
    """
    from voc.io import open_table

    with open_table(str(path)) as reader:
        names = reader.schema.names
        needed = [name for name in (*_FIXED, "model_tags") if name != _MARKED]
        if missing := [name for name in needed if name not in names]:
            raise InputError(f"no column {missing[0]!r}", where=str(path), hint="a file of voc review export")
        lines = [row for batch in reader.batches() for row in batch.to_pylist()]
    faults: list[Fault] = []
    found = [_row_of(line, at, taxonomy, faults) for at, line in enumerate(lines, start=2)]
    marks = [_is_marked(line, at, faults) for at, line in enumerate(lines, start=2)]
    if faults:
        raise ConfigError(str(path), faults, most=MOST_FAULTS)
    if _MARKED not in names:
        return Review(tuple(found), (), has_marks=False)
    pairs = list(zip(found, marks, strict=True))
    return Review(
        tuple(row for row, marked in pairs if marked), tuple(row for row, marked in pairs if not marked)
    )


def _is_marked(line: Mapping[str, Any], at: int, faults: list[Fault]) -> bool:
    mark = _cell(line, _MARKED)
    if mark not in ("", MARK):
        faults.append(Fault(f"line {at}, {_MARKED}", "not a mark", f"{MARK}, or empty"))
    return mark == MARK


def _cell(line: Mapping[str, Any], name: str) -> str:
    return str(line.get(name) if line.get(name) is not None else "").strip()


def _row_of(line: Mapping[str, Any], at: int, taxonomy: Taxonomy, faults: list[Fault]) -> Reviewed:
    ids = {name: tag.id for tag in taxonomy.tags for name in (tag.display, tag.zh, tag.id)}
    moods = {name: mood for mood, name in MOODS.items()}
    signs = {name: sign for sign, name in POLARITIES.items()}

    if (mood := _cell(line, "sentiment")) and mood not in moods:
        faults.append(Fault(f"line {at}, sentiment", "not a sentiment", "、".join(moods)))
    tags = set()
    for slot in [found[1] for name in line if (found := _SLOT.fullmatch(name))]:
        if not (name := _cell(line, f"tag {slot}")):
            continue
        sign = _cell(line, f"polarity {slot}") or POLARITIES[-1]
        if name not in ids:
            faults.append(Fault(f"line {at}, tag {slot}", "no tag of the taxonomy", "see the sheet taxonomy"))
        elif sign not in signs:
            faults.append(Fault(f"line {at}, polarity {slot}", "not a polarity", "、".join(signs)))
        else:
            tags.add(f"{ids[name]}:{signs[sign]}")
    return Reviewed(
        _whole_number(line, "row", at, faults) or 0,
        _cell(line, "sample"),
        _cell(line, "text"),
        moods.get(mood),
        frozenset(tags),
        _whole_number(line, "model_sentiment", at, faults),
        frozenset(part for part in _cell(line, "model_tags").split(";") if part),
    )


def _whole_number(line: Mapping[str, Any], name: str, at: int, faults: list[Fault]) -> int | None:
    text = _cell(line, name)
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        faults.append(Fault(f"line {at}, {name}", "not a whole number", "as voc review export wrote it"))
        return None


def studio_config(taxonomy: Taxonomy) -> str:
    """Labelling interface for Label Studio: one choice of sentiment, any number of tags with their
    polarity.
    """
    lines = [
        "<View>",
        '  <Text name="text" value="$text"/>',
        '  <Choices name="sentiment" toName="text" choice="single">',
    ]
    lines += [f"    <Choice value={quoteattr(name)}/>" for name in MOODS.values()]
    lines += ["  </Choices>", '  <Choices name="tags" toName="text" choice="multiple" layout="select">']
    for tag in taxonomy.tags:
        for sign, name in POLARITIES.items():
            alias, shown = quoteattr(f"{tag.id}:{sign}"), quoteattr(f"{tag.display} {name}")
            lines.append(f"    <Choice value={shown} alias={alias}/>")
    return "\n".join([*lines, "  </Choices>", "</View>"]) + "\n"


def tasks(rows: Sequence[Reviewed]) -> bytes:
    """Tasks for Label Studio, the model's answer as prediction."""
    return json.dumps([_task(row) for row in rows], ensure_ascii=False, indent=1).encode()


def _task(row: Reviewed) -> dict[str, Any]:
    result = [_choice("tags", sorted(row.tags))] if row.tags else []
    if row.sentiment is not None:
        result.insert(0, _choice("sentiment", [MOODS[row.sentiment]]))
    data = {
        "row": row.row, "sample": row.sample, "text": row.text, "model_sentiment": row.model_sentiment,
        "model_tags": sorted(row.model_tags),
    }  # fmt: skip
    return {"data": data, "predictions": [{"model_version": "voc", "result": result}]}


def _choice(name: str, values: list[str]) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": values}}


def read_tasks(path: Path, taxonomy: Taxonomy) -> Review:
    """Read what Label Studio exports as JSON. A task with a submitted annotation is judged."""
    exported = _exported_tasks(path)
    judged: list[Reviewed] = []
    unmarked: list[Reviewed] = []
    faults: list[Fault] = []
    for number, task in enumerate(exported):
        try:
            answer = _answer(task)
            (unmarked if answer is None else judged).append(_row_of_task(task["data"], answer))
        except (KeyError, TypeError, AttributeError, IndexError, ValueError):
            hint = "export as JSON, not JSON-MIN, from a project of voc review export"
            faults.append(Fault(f"task {number}", "not a task of voc review export", hint))
            continue
        faults += [Fault(f"task {number}", problem) for problem in _problems(answer or {}, taxonomy)]
    if faults:
        raise ConfigError(str(path), faults, most=MOST_FAULTS)
    return Review(tuple(judged), tuple(unmarked))


def _exported_tasks(path: Path) -> list[Any]:
    try:
        exported = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        exported = None
    if not isinstance(exported, list):
        raise InputError(
            "not a JSON file of Label Studio", where=str(path), hint="a list of tasks, exported as JSON"
        )
    return exported


def _answer(task: Mapping[str, Any]) -> dict[str, list[str]] | None:
    """What the last submitted annotation says, by question; None where nobody submitted one."""
    annotations = [item for item in task.get("annotations") or [] if not item.get("was_cancelled")]
    if not annotations:
        return None
    chosen: dict[str, list[str]] = {}
    for item in annotations[-1]["result"]:
        chosen.setdefault(item["from_name"], []).extend(item["value"].get("choices", ()))
    return chosen


def _problems(answer: Mapping[str, list[str]], taxonomy: Taxonomy) -> Iterator[str]:
    names = {f"{tag}:{sign}" for tag in taxonomy.by_id for sign in POLARITIES}
    yield from ("no tag of the taxonomy" for tag in answer.get("tags", ()) if tag not in names)
    known = MOODS.values()
    yield from ("no sentiment that voc knows" for mood in answer.get("sentiment", ()) if mood not in known)


def _row_of_task(data: Mapping[str, Any], answer: Mapping[str, list[str]] | None) -> Reviewed:
    moods = {name: mood for mood, name in MOODS.items()}
    model_mood, model_tags = data["model_sentiment"], frozenset(data["model_tags"])
    mood, tags = model_mood, model_tags
    if answer is not None:
        mood, tags = moods.get(answer.get("sentiment", [""])[0]), frozenset(answer.get("tags", ()))
    return Reviewed(data["row"], data["sample"], data["text"], mood, tags, model_mood, model_tags)
