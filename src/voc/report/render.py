"""Writes the renderings of a report: whole files or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from voc.errors import OutputError, UsageError, nearest
from voc.io import write_bytes
from voc.report.model import Report
from voc.report.strings import Language, language

__all__ = ["FORMATS", "render"]

FORMATS = ("json", "html", "xlsx", "md")


def render(
    report: Report,
    out_dir: Path,
    formats: Sequence[str] = FORMATS,
    lang: str = "zh",
    *,
    force: bool = True,
) -> list[Path]:
    """Write `report.json`, `report.html`, `report.xlsx` and `report.md`.

    All renderings are made before the first is written.

    Parameters
    ----------
    out_dir
        The run folder; made if it is not there.
    formats
        Some of `FORMATS`.
    lang
        `zh` or `en`.
    force
        Write over files that are there; a report is made from its run folder again and again.

    Returns
    -------
    list[Path]
        The files written, in the order of `formats`.

    Raises
    ------
    UsageError
        For an unknown format or language.
    OutputError
        When a file cannot be written.
    """
    chosen = language(lang)
    for name in formats:
        if name not in FORMATS:
            near = nearest(name, FORMATS)
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(FORMATS)}"
            raise UsageError(f"unknown report format {name!r}", hint=hint)
    rendered = {name: _RENDERERS[name](report, chosen) for name in dict.fromkeys(formats)}
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be made ({type(error).__name__})", where=str(out_dir)) from None
    written = []
    for name, data in rendered.items():
        path = out_dir / f"report.{name}"
        write_bytes(path, data, force=force)
        written.append(path)
    return written


def _json(report: Report, _lang: Language) -> bytes:
    return report.to_json()


def _html(report: Report, lang: Language) -> bytes:
    from voc.report.html import render_html

    return render_html(report, lang)


def _xlsx(report: Report, lang: Language) -> bytes:
    from voc.report.excel import render_excel

    return render_excel(report, lang)


def _md(report: Report, lang: Language) -> bytes:
    from voc.report.markdown import render_markdown

    return render_markdown(report, lang)


_RENDERERS: dict[str, Callable[[Report, Language], bytes]] = {
    "json": _json,
    "html": _html,
    "xlsx": _xlsx,
    "md": _md,
}
