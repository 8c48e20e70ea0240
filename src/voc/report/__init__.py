"""The typed report and its renderings: JSON first, then HTML, Excel and Markdown from the same object.

Import from the submodules: `voc.report.build.build_report`, `voc.report.render.render`,
`voc.report.model.Report`.
"""
