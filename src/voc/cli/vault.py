"""`voc vault …`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, KeyPlace, VaultPlace
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.errors import InterruptedRunError, UsageError
from voc.how_many import how_many

__all__ = ["backup", "export_key", "init", "reencrypt", "restore", "rotate", "shred", "status"]

group = typer.Typer(
    help="Encrypted values: keys, rotation, shredding, backup.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(group, name="vault")

Suite = Annotated[str, typer.Option(metavar="aes|gm", help="AES-256-GCM, or SM4-GCM with SM3.")]


@command(group, "init", example="voc vault init")
def init(session: Session, vault: VaultPlace = None, key: KeyPlace = None, suite: Suite = "aes") -> Summary:
    """Make a vault, and its key where the key source has none."""
    from voc.pipeline.protection.vault import init_vault

    status, source = init_vault(vault, key, suite)
    session.note("keep the key apart from the vault: voc vault export-key -o vault-key.json")
    session.note("then mask with it: voc mask reviews.csv -o masked.parquet --policy protected")
    facts = {**status._asdict(), "key": source}
    return Summary(facts, (f"vault: {status.location}", f"key:   {source} ({status.kek_id})"))


@command(group, "status", example="voc vault status --json")
def status(session: Session, vault: VaultPlace = None, key: KeyPlace = None) -> Summary:
    """Tell what a vault holds and under which keys; nothing is opened."""
    from voc.pipeline.protection.vault import vault_status

    found = vault_status(vault, key)
    if found.unfinished:
        session.warn(f"{found.unfinished} was stopped: run `voc vault {found.unfinished}` to finish it")
    lines = (
        f"vault:    {found.location}",
        f"suite:    {found.suite}",
        f"key:      {found.kek_id}, {found.data_keys} data keys",
        f"values:   {found.records:,} of {how_many(found.subjects, 'person or row', 'people or rows')}",
        f"shredded: {found.shredded:,}",
    )
    return Summary(found._asdict(), lines)


@command(group, "rotate", example="voc vault rotate")
def rotate(
    session: Session,
    vault: VaultPlace = None,
    key: KeyPlace = None,
    new_key: Annotated[
        str | None,
        typer.Option(
            "--new-key", metavar="SOURCE", help="Where the new key is, if voc cannot write to the old place."
        ),
    ] = None,
) -> Summary:
    """Replace the keys without reading a value. A stopped rotation goes on when run again."""
    from voc.pipeline.protection.vault import rotate_vault

    with session.progress() as progress:
        done = rotate_vault(vault, key, new_key, progress)
    if new_key:
        session.note("from now on give the new key with --key or VOC_VAULT_KEY")
    return Summary(done._asdict(), (f"{how_many(done.subjects, 'key')} wrapped anew, key {done.kek_id}",))


@command(group, "reencrypt", example="voc vault reencrypt --suite gm")
def reencrypt(
    session: Session,
    vault: VaultPlace = None,
    key: KeyPlace = None,
    suite: Annotated[
        str | None, typer.Option(metavar="aes|gm", help="Change the cipher suite as well.")
    ] = None,
) -> Summary:
    """Encrypt every value anew under new keys. A stopped one goes on when run again."""
    from voc.pipeline.protection.vault import reencrypt_vault

    with session.progress() as progress:
        done = reencrypt_vault(vault, key, suite, progress)
    if done.broken:
        session.warn(
            how_many(
                done.broken,
                "value does not open and was left as it is",
                "values do not open and were left as they are",
            )
        )
    values, people = how_many(done.records, "value"), how_many(done.subjects, "person", "people")
    return Summary(done._asdict(), (f"{values} of {people} encrypted anew",))


@command(group, "shred", example="voc vault shred --subject k3f9abcdefgh2345")
def shred(
    session: Session,
    subject: Annotated[
        str | None, typer.Option(metavar="KEY", help="The customer_key of a masked table.")
    ] = None,
    customer_stdin: Annotated[
        bool, typer.Option("--customer-stdin", help="Read the customer id from stdin.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """Destroy the key of one person: their values open nowhere any more, all others do. Asks first."""
    from voc.pipeline.protection.vault import shred_person

    customer = sys.stdin.readline().strip() or None if customer_stdin else None
    if (subject or customer) and not yes:
        _confirm_shredding(subject or "this customer")
    count = shred_person(vault, key, subject=subject, customer=customer)
    session.note("backups hold the old key: restore shreds this person again, so keep this vault's list")
    return Summary({"values": count}, (f"{how_many(count, 'value')} shredded",))


@command(group, "export-key", example="voc vault export-key -o vault-key.json")
def export_key(
    session: Session,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")],
    vault: VaultPlace = None,
    key: KeyPlace = None,
    force: Force = False,
) -> Summary:
    """Write the key under a passphrase (asked for, or in VOC_KEY_PASSPHRASE), for the safe."""
    from voc.pipeline.protection.vault import export_vault_key

    key_id = export_vault_key(vault, key, output, _passphrase(confirm=True), force=force)
    session.note("try it now: a key that was never restored is a hope, not a backup")
    return Summary({"output": str(output), "key_id": key_id}, (f"key {key_id} → {output}",))


@command(group, "backup", example="voc vault backup -o vault-backup.db")
def backup(
    session: Session,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")],
    vault: VaultPlace = None,
    key: KeyPlace = None,
    force: Force = False,
) -> Summary:
    """Copy the vault while it is in use. The copy is encrypted and needs the key."""
    from voc.pipeline.protection.vault import backup_vault

    count = backup_vault(vault, key, output, force=force)
    session.note("the key is not in it: voc vault export-key")
    return Summary({"output": str(output), "records": count}, (f"{how_many(count, 'record')} → {output}",))


@command(group, "restore", example="voc vault restore vault-backup.db --exported-key vault-key.json")
def restore(
    session: Session,
    saved: Annotated[Path, typer.Argument(metavar="BACKUP", help="What `voc vault backup` wrote.")],
    exported_key: Annotated[
        Path | None, typer.Option("--exported-key", metavar="FILE", help="What `voc vault export-key` wrote.")
    ] = None,
    vault: VaultPlace = None,
    key: KeyPlace = None,
    force: Force = False,
) -> Summary:
    """Put a backup in the place of the vault. People who were shredded since stay shredded."""
    from voc.pipeline.protection.vault import restore_vault

    done = restore_vault(
        saved,
        vault,
        key,
        exported_key=exported_key,
        passphrase=lambda: _passphrase(confirm=False),
        force=force,
    )
    if done.shredded_again:
        session.note(how_many(done.shredded_again, "person was shredded again", "people were shredded again"))
    return Summary(done._asdict(), (f"{how_many(done.records, 'record')} restored",))


def _confirm_shredding(who: str) -> None:
    """Ask. Raises UsageError where there is nobody to ask, InterruptedRunError on anything but yes."""
    if not sys.stdin.isatty():
        raise UsageError(
            "shredding cannot be undone, and there is no terminal to ask in",
            hint="give --yes when you are sure",
        )
    question = f"destroy the key of {who}? Their values open nowhere any more, nor after a restore"
    try:
        sure = typer.confirm(question, err=True)
    except typer.Abort:
        sure = False
    if not sure:
        raise InterruptedRunError("nothing was shredded")


def _passphrase(*, confirm: bool) -> str:
    from voc.pipeline.protection.vault import passphrase_from_environment

    given = passphrase_from_environment()
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError(
            "a passphrase is wanted, and there is no terminal to ask for it",
            hint="run this in a terminal, or put the passphrase into VOC_KEY_PASSPHRASE",
        )
    try:
        return str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=confirm, err=True))
    except typer.Abort:
        raise InterruptedRunError("no passphrase was given") from None
