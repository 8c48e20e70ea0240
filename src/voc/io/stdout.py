"""Standard output as an output: written as it comes, nothing to rename."""

from __future__ import annotations

import sys
from typing import IO

from voc.io.atomic import telling_output_errors

__all__ = ["StandardOutput"]


class StandardOutput:
    """Has the face of `PartialFile`, for a stream that cannot be taken back."""

    name = "-"
    in_place = True

    def __init__(self) -> None:
        self.stream: IO[bytes] = sys.stdout.buffer

    def commit(self) -> None:
        """Flush."""
        with telling_output_errors(self.name):
            self.stream.flush()

    def abort(self) -> None:
        """Nothing can be taken back."""
