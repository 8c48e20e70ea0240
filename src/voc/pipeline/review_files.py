"""The two files that reviewers work in: a workbook with drop-downs, and tasks for Label Studio."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from voc.errors import ConfigError, Fault, InputError
from voc.tagging.review import Reviewed
from voc.tagging.taxonomy import Taxonomy

__all__ = ["MOODS", "SLOTS", "read_tasks", "read_workbook", "studio_config", "tasks", "workbook"]

SLOTS: Final = 6
"""Tags that a row of the workbook has room for."""
MOODS: Final = {-1: "负面", 0: "中性", 1: "正面"}
POLARITIES: Final = {-1: "投诉", 0: "提及", 1: "表扬"}
_FIXED: Final = ("row", "sample", "text", "sentiment")
_SHEET: Final = "review"


def _parts(tag: str) -> tuple[str, int]:
    name, _, polarity = tag.rpartition(":")
    return name, int(polarity)


def workbook(rows: Sequence[Reviewed], taxonomy: Taxonomy) -> bytes:
    """XLSX with a row for each text: sentiment and tags as the model has them, to be corrected by drop-
    downs.
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
    headings = [*_FIXED, *(f"{part} {slot}" for slot in range(1, SLOTS + 1) for part in ("tag", "polarity"))]
    headings += ["model_sentiment", "model_tags"]
    sheet.write_row(0, 0, headings, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(2, 2, 80, wrap)
    sheet.set_column(4, len(headings) - 1, 18)
    for line, row in enumerate(rows, start=1):
        cells: list[Any] = [row.row, row.sample, row.text, MOODS.get(row.sentiment or 0, "")]
        for name, polarity in [_parts(tag) for tag in sorted(row.tags)][:SLOTS]:
            cells += [taxonomy.display(name), POLARITIES[polarity]]
        cells += [""] * (len(headings) - 2 - len(cells))
        cells += [
            "" if row.model_sentiment is None else row.model_sentiment,
            ";".join(sorted(row.model_tags)),
        ]
        sheet.write_row(line, 0, cells)
    last = max(len(rows), 1)
    source = f"=taxonomy!$A$1:$A${len(taxonomy.tags)}"
    sheet.data_validation(1, 3, last, 3, {"validate": "list", "source": list(MOODS.values())})
    for slot in range(SLOTS):
        column = len(_FIXED) + 2 * slot
        sheet.data_validation(1, column, last, column, {"validate": "list", "source": source})
        sheet.data_validation(
            1, column + 1, last, column + 1, {"validate": "list", "source": list(POLARITIES.values())}
        )
    book.close()
    return content.getvalue()


def read_workbook(path: Path, taxonomy: Taxonomy) -> list[Reviewed]:
    """Read a corrected workbook.

    Raises
    ------
    ConfigError
        With the row and column of every cell that is no sentiment, tag or polarity.
    """
    from voc.io import open_table

    with open_table(str(path)) as reader:
        if missing := [name for name in (*_FIXED, "model_tags") if name not in reader.schema.names]:
            raise InputError(f"no column {missing[0]!r}", where=str(path), hint="a file of voc review export")
        lines = [row for batch in reader.batches() for row in batch.to_pylist()]
    faults: list[Fault] = []
    found = [_row_of(line, at, taxonomy, faults) for at, line in enumerate(lines, start=2)]
    if faults:
        raise ConfigError(str(path), faults[:20])
    return found


def _row_of(line: Mapping[str, Any], at: int, taxonomy: Taxonomy, faults: list[Fault]) -> Reviewed:
    ids = {name: tag.id for tag in taxonomy.tags for name in (tag.display, tag.zh, tag.id)}
    moods = {name: mood for mood, name in MOODS.items()}
    signs = {name: sign for sign, name in POLARITIES.items()}

    def cell(name: str) -> str:
        return str(line.get(name) if line.get(name) is not None else "").strip()

    if (mood := cell("sentiment")) and mood not in moods:
        faults.append(Fault(f"line {at}, sentiment", "not a sentiment", "、".join(moods)))
    tags = set()
    for slot in range(1, SLOTS + 1):
        if not (name := cell(f"tag {slot}")):
            continue
        sign = cell(f"polarity {slot}") or POLARITIES[-1]
        if name not in ids:
            faults.append(Fault(f"line {at}, tag {slot}", "no tag of the taxonomy", "see the sheet taxonomy"))
        elif sign not in signs:
            faults.append(Fault(f"line {at}, polarity {slot}", "not a polarity", "、".join(signs)))
        else:
            tags.add(f"{ids[name]}:{signs[sign]}")
    model = cell("model_sentiment")
    return Reviewed(
        int(float(cell("row") or -1)), cell("sample"), cell("text"), moods.get(mood), frozenset(tags),
        int(float(model)) if model else None,
        frozenset(part for part in cell("model_tags").split(";") if part),
    )  # fmt: skip


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


def read_tasks(path: Path, taxonomy: Taxonomy) -> list[Reviewed]:
    """Read what Label Studio exports as JSON. Tasks without an annotation are left out."""
    try:
        exported = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        raise InputError("not a JSON file of Label Studio", where=str(path)) from None
    moods = {name: mood for mood, name in MOODS.items()}
    found: list[Reviewed] = []
    faults: list[Fault] = []
    for number, task in enumerate(exported):
        annotations = [item for item in task.get("annotations") or [] if not item.get("was_cancelled")]
        if not annotations:
            continue
        chosen: dict[str, list[str]] = {}
        for item in annotations[-1]["result"]:
            chosen.setdefault(item["from_name"], []).extend(item["value"].get("choices", ()))
        data = task["data"]
        tags = frozenset(chosen.get("tags", ()))
        faults += [
            Fault(f"task {number}", "no tag of the taxonomy")
            for tag in tags
            if tag.rpartition(":")[0] not in taxonomy.by_id
        ]
        mood = chosen.get("sentiment", [""])[0]
        found.append(
            Reviewed(
                data["row"], data["sample"], data["text"], moods.get(mood), tags, data["model_sentiment"],
                frozenset(data["model_tags"]),
            )
        )  # fmt: skip
    if faults:
        raise ConfigError(str(path), faults[:20])
    return found
