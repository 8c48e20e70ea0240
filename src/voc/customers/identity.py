"""One person behind several accounts: accounts that share a phone, an address or a number are one component.

Identifiers come as keyed pseudonyms, so that nobody's phone is in a table. A shared identifier links two
accounts only where their times of use touch: numbers are handed on. Identifiers of too many accounts (the
phone of a counter) and components that grew too large link nobody; both are told. The map from accounts to
persons keeps every account, so that a merge is undone by leaving the map out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from voc.errors import ColumnError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["IDENTITY_SCHEMA", "IdentityCounts", "IdentityLimits", "Resolution", "resolve_identity"]

Ints = NDArray[np.int64]

IDENTITY_SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("person", pa.string()),
        ("accounts", pa.int64()),
        ("linked_by", pa.list_(pa.string())),
    ]
)
"""`person` is the first of its accounts in their order; `accounts` their number; `linked_by` the kinds of
identifier by which this account hangs together with others."""


class IdentityLimits(NamedTuple):
    """When a shared identifier links."""

    max_accounts: int = 5
    """An identifier that more accounts share links nobody."""
    max_person: int = 10
    """A component of more accounts is left unmerged."""
    recycle_days: int = 90
    """An identifier that lay idle longer between two accounts was handed on: it links them not."""


class IdentityCounts(NamedTuple):
    """What was found."""

    accounts: int
    persons: int
    merged_accounts: int
    """Accounts that share a person with another."""
    identifiers: int
    shared: int
    """Identifiers that link accounts."""
    quarantined: int
    """Identifiers of too many accounts."""
    recycled: int
    """Identifiers handed on from one account to another."""
    oversized: int
    """Components that were too large."""
    oversized_accounts: int


class Resolution(NamedTuple):
    """The map and what it rests on."""

    table: pa.Table
    """Columns of `IDENTITY_SCHEMA`, every account once, in their order."""
    counts: IdentityCounts


def resolve_identity(
    uses: pa.Table, *, limits: IdentityLimits | None = None, links: Sequence[tuple[str, str]] = ()
) -> Resolution:
    """Return the person of every account.

    Parameters
    ----------
    uses
        One row for each account and identifier: `account`, `kind` (`phone`, `email`, …), `identifier` (a
        pseudonym; null or blank where there is none), and `first_seen`, `last_seen` (timestamps) where known:
        uses without a time touch every other.
    limits
        When a shared identifier links.
    links
        Further pairs of accounts that are one person, as fuzzy linkage finds them; their kind is `fuzzy`.

    Raises
    ------
    ColumnError
        When a column is missing.
    UsageError
        When a limit is too small.
    """
    limits = limits or IdentityLimits()
    if min(limits.max_accounts, limits.max_person) < 2 or limits.recycle_days < 0:
        raise UsageError(
            "max_accounts and max_person must be 2 or more, recycle_days 0 or more", where="identity"
        )
    for name in ("account", "kind", "identifier"):
        if name not in uses.column_names:
            raise ColumnError.missing(name, uses.column_names, where="identity")
    known = pc.is_valid(uses["account"])
    uses = uses.filter(known)
    names = pc.unique(uses["account"].cast(pa.string()).combine_chunks())
    accounts = names.take(pc.sort_indices(names))
    account = _codes(uses["account"].cast(pa.string()), accounts)
    kinds = sorted({kind for kind in pc.unique(uses["kind"]).to_pylist() if kind is not None})
    nodes, counts = _nodes(uses, account, kinds, limits)
    extra = _pairs(links, accounts)
    component = _components(len(accounts), nodes, extra)
    component, oversized, held = _capped(component, limits.max_person)
    table = _table(accounts, component, nodes, extra, kinds)
    sizes = np.bincount(component)
    return Resolution(
        table,
        IdentityCounts(
            accounts=len(accounts),
            persons=int((sizes > 0).sum()),
            merged_accounts=int(sizes[sizes > 1].sum()),
            **counts,
            oversized=oversized,
            oversized_accounts=held,
        ),
    )


class _Nodes(NamedTuple):
    """Uses that link: account, node (an identifier in one time of use) and kind of each."""

    account: Ints
    node: Ints
    kind: Ints


def _codes(values: pa.ChunkedArray, known: pa.Array) -> Ints:
    places = pc.fill_null(pc.index_in(values, value_set=known), -1)
    codes: Ints = places.to_numpy().astype(np.int64)
    return codes


def _nodes(
    uses: pa.Table, account: Ints, kinds: Sequence[str], limits: IdentityLimits
) -> tuple[_Nodes, dict[str, int]]:
    value = uses["identifier"].cast(pa.string())
    filled = pc.and_(pc.is_valid(value), pc.not_equal(pc.utf8_trim_whitespace(value), ""))
    kind = _codes(uses["kind"].cast(pa.string()), pa.array(kinds, pa.string()))
    there = pc.fill_null(filled, False).to_numpy() & (kind >= 0)
    identifier = value.combine_chunks().dictionary_encode()
    if isinstance(identifier, pa.ChunkedArray):
        identifier = identifier.combine_chunks()
    code = pc.fill_null(identifier.indices, 0).to_numpy().astype(np.int64)
    rows = np.flatnonzero(there)
    key = kind[rows] * (len(identifier.dictionary) + 1) + code[rows]
    first, last = (
        _seen(uses, "first_seen", rows, earliest=True),
        _seen(uses, "last_seen", rows, earliest=False),
    )
    order = np.lexsort((account[rows], first, key))
    key, who, first, last = key[order], account[rows][order], first[order], last[order]
    sort = kind[rows][order]
    node = _epochs(key, first, last, limits.recycle_days)
    distinct = np.unique(np.column_stack([node, who]), axis=0)
    n_node = int(node.max()) + 1 if len(node) else 0
    users = np.bincount(distinct[:, 0], minlength=n_node) if n_node else np.zeros(0, np.int64)
    crowded = users > limits.max_accounts
    linking = (users > 1) & ~crowded
    epochs_of = np.unique(np.column_stack([key, node]), axis=0)[:, 0] if n_node else np.zeros(0, np.int64)
    _, epochs = np.unique(epochs_of, return_counts=True)
    kept = linking[node] if n_node else np.zeros(0, np.bool_)
    counts = {
        "identifiers": len(epochs),
        "shared": int(linking.sum()),
        "quarantined": int(crowded.sum()),
        "recycled": int((epochs > 1).sum()),
    }
    return _Nodes(who[kept], node[kept], sort[kept]), counts


def _seen(uses: pa.Table, name: str, rows: Ints, *, earliest: bool) -> Ints:
    """Days since 1970; unknown times reach over all others."""
    unknown = -(1 << 40) if earliest else 1 << 40
    if name not in uses.column_names:
        return np.full(len(rows), unknown, np.int64)
    days = uses[name].cast(pa.timestamp("us")).to_numpy().astype("datetime64[D]")
    known: Ints = np.where(np.isnat(days), unknown, days.astype(np.int64))
    return known[rows]


def _epochs(key: Ints, first: Ints, last: Ints, idle: int) -> Ints:
    """Number the times of use of each identifier; a new one begins after it lay idle for more days."""
    node = np.zeros(len(key), np.int64)
    current, seen = -1, 0
    for place in range(len(key)):
        if place == 0 or key[place] != key[place - 1] or first[place] - seen > idle:
            current += 1
            seen = int(last[place])
        node[place] = current
        seen = max(seen, int(last[place]))
    return node


def _pairs(links: Sequence[tuple[str, str]], accounts: pa.Array) -> NDArray[np.int64]:
    if not links:
        return np.zeros((0, 2), np.int64)
    sides = [
        _codes(pa.chunked_array([list(side)], pa.string()), accounts) for side in zip(*links, strict=True)
    ]
    pairs = np.column_stack(sides)
    known: Ints = pairs[(pairs >= 0).all(axis=1)]
    return known


def _components(n: int, nodes: _Nodes, extra: NDArray[np.int64]) -> Ints:
    """Connected components of the graph of accounts and nodes."""
    size = n + (int(nodes.node.max()) + 1 if len(nodes.node) else 0)
    rows = np.concatenate([nodes.account, extra[:, 0]])
    columns = np.concatenate([nodes.node + n, extra[:, 1]])
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    return component[:n].astype(np.int64)


def _capped(component: Ints, most: int) -> tuple[Ints, int, int]:
    """Give every account of a component that is too large one of its own."""
    sizes = np.bincount(component) if len(component) else np.zeros(0, np.int64)
    large = sizes > most
    alone = large[component] if len(component) else np.zeros(0, np.bool_)
    split = component.copy()
    split[alone] = len(sizes) + np.arange(int(alone.sum()))
    return split, int(large.sum()), int(alone.sum())


def _table(
    accounts: pa.Array, component: Ints, nodes: _Nodes, extra: NDArray[np.int64], kinds: Sequence[str]
) -> pa.Table:
    n = len(accounts)
    lowest = np.full(int(component.max()) + 1 if n else 0, n, np.int64)
    np.minimum.at(lowest, component, np.arange(n))
    person = lowest[component] if n else np.zeros(0, np.int64)
    size = np.bincount(person, minlength=n)[person] if n else np.zeros(0, np.int64)
    by: list[set[str]] = [set() for _ in range(n)]
    for who, kind in zip(nodes.account.tolist(), nodes.kind.tolist(), strict=True):
        by[who].add(kinds[kind])
    for who in extra.ravel().tolist():
        by[who].add("fuzzy")
    linked = [sorted(by[i]) if size[i] > 1 else [] for i in range(n)]
    columns = [
        accounts,
        accounts.take(pa.array(person)),
        pa.array(size.astype(np.int64)),
        pa.array(linked, pa.list_(pa.string())),
    ]
    return pa.Table.from_arrays(columns, schema=IDENTITY_SCHEMA)
