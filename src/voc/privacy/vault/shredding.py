"""Crypto-shredding of one person: without their key, no copy of their records opens anywhere.

Answers a request for deletion (PIPL art. 47). The person's key and the ciphertexts are deleted and
overwritten; the tokens stay, so that tables which hold them still make sense. A restored backup is shredded
again for everybody who was shredded since (`voc.privacy.vault.backup`).
"""

from __future__ import annotations

from voc.errors import InputError
from voc.privacy.vault.vault import Vault

__all__ = ["shred", "shred_again"]


def shred(vault: Vault, subject: str) -> int:
    """Shred one person. Returns the number of their values.

    Raises
    ------
    InputError
        When the vault knows nobody of this pseudonym.
    """
    with vault.database.writing():
        if not vault.database.rows("SELECT 1 FROM vault_subjects WHERE subject = ?", [subject]):
            if vault.database.rows("SELECT 1 FROM vault_shredded WHERE subject = ?", [subject]):
                raise InputError("this person was shredded already")
            raise InputError(
                "the vault knows nobody of this pseudonym",
                hint="give the customer_key of the masked table, or the id itself with --customer-stdin",
            )
        records = _erase(vault, subject)
        vault.database.change(
            "INSERT INTO vault_shredded (subject, shredded_at, records) VALUES (?, ?, ?)",
            [subject, vault.now().date().isoformat(), records],
        )
        vault.bump()
    vault.envelope.reload()
    vault.database.forget_freed_pages()
    return records


def shred_again(vault: Vault) -> int:
    """Erase everybody on the list of the shredded who is there again. Returns the number of people."""
    with vault.database.writing():
        back = [
            row[0]
            for row in vault.database.rows(
                "SELECT subject FROM vault_subjects WHERE subject IN (SELECT subject FROM vault_shredded)"
            )
        ]
        for subject in back:
            _erase(vault, subject)
        vault.bump()
    vault.envelope.reload()
    vault.database.forget_freed_pages()
    return len(back)


def _erase(vault: Vault, subject: str) -> int:
    vault.database.change("DELETE FROM vault_subjects WHERE subject = ?", [subject])
    return vault.database.change(
        "UPDATE vault_records SET key_id = '', sealed = ? WHERE subject = ?", [b"", subject]
    )
