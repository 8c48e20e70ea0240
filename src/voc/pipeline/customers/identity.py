"""Keys the identifiers of a table of accounts, so that identity never sees a phone or an address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from voc.errors import ColumnError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["IDENTIFYING", "identifier_uses", "keyed_columns"]

IDENTIFYING = (
    "CN_MOBILE",
    "CN_LANDLINE",
    "EMAIL",
    "CN_RESIDENT_ID",
    "CN_PASSPORT",
    "WECHAT_ID",
    "QQ_ID",
    "ALIPAY_ID",
)
"""Entities of which equal values mean one person."""


def identifier_uses(accounts: pa.Table) -> tuple[pa.Table, list[str]]:
    """Return one row for each account and identifier, and the kinds that were found.

    Columns are known by their names, as masking knows them (手机号, 邮箱, 身份证号, phone, email …).

    Parameters
    ----------
    accounts
        `customer_key` or `customer_id`, columns of identifiers, `first_seen` and `last_seen` where known.
    """
    import pyarrow as pa

    from voc.privacy.columns import as_strings
    from voc.privacy.policy import load_policy
    from voc.privacy.pseudonym import load_pseudonyms

    policy, pseudonyms = load_policy("default"), load_pseudonyms()
    account = _accounts(accounts)
    parts, kinds = [], []
    for name in accounts.column_names:
        entity = policy.entity_of_column(name)
        if entity not in IDENTIFYING:
            continue
        values = as_strings(accounts[name].combine_chunks()).to_pylist()
        tokens = [pseudonyms.token(entity, value) if value and value.strip() else None for value in values]
        part = {
            "account": account,
            "kind": pa.repeat(pa.scalar(entity, pa.string()), len(accounts)),
            "identifier": pa.array(tokens, pa.string()),
        }
        part |= {
            seen: accounts[seen] for seen in ("first_seen", "last_seen") if seen in accounts.column_names
        }
        parts.append(pa.table(part))
        kinds.append(f"{name} ({entity})")
    if not parts:
        raise UsageError(
            "no column holds a phone, an e-mail address or a number of a person",
            where="identity",
            hint="rename one with --map theirs=phone; columns: " + ", ".join(accounts.column_names[:20]),
        )
    return pa.concat_tables(parts), kinds


def keyed_columns(accounts: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Return `account` and the named columns as tokens, each under a domain of its own."""
    import pyarrow as pa

    from voc.privacy.columns import as_strings
    from voc.privacy.pseudonym import load_pseudonyms

    pseudonyms = load_pseudonyms()
    keyed: dict[str, pa.Array] = {"account": _accounts(accounts)}
    for name in columns:
        if name not in accounts.column_names:
            raise ColumnError.missing(name, accounts.column_names, where="accounts")
        values = as_strings(accounts[name].combine_chunks()).to_pylist()
        tokens = [pseudonyms.token(f"column:{name}", v) if v and v.strip() else None for v in values]
        keyed[name] = pa.array(tokens, pa.string())
    return pa.table(keyed)


def _accounts(accounts: pa.Table) -> pa.Array:
    import ibis

    from voc.customers.keys import KEY, key_expression

    table = ibis.memtable(accounts)
    keys = table.select(**{KEY: key_expression(table, where="accounts")}).to_pyarrow()
    return keys[KEY].combine_chunks()
