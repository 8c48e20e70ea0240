"""Linear algebra in one thread: other work has the other cores, and its last digits do not hang on them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ["one_thread"]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Within the block, the linear algebra of numpy and scipy leaves the other cores alone."""
    import scipy.linalg  # noqa: F401 - loads its library, which cannot be told before
    from threadpoolctl import ThreadpoolController

    with ThreadpoolController().limit(limits=1, user_api="blas"):
        yield
