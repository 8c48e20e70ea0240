"""Where the key-encryption key comes from: a protected file, the environment, the OS keyring, or a command.

A source is written `file:PATH`, `env:NAME`, `keyring:SERVICE/NAME` or `command:PROGRAM ARGUMENTS`; it is
taken from the command line or `VOC_VAULT_KEY` only, never from a pipeline, a policy or the vault, so that
none of those can make voc run a program. A key is 64 hexadecimal digits. A source may hold two, one a line:
while a rotation is under way the new one stands first and the old one second.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shlex
import stat
import subprocess
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from voc.config.resources import data_home
from voc.errors import InputError, MissingExtraError, OutputError, UsageError, nearest

__all__ = ["KEY_VARIABLE", "KekKey", "KeySource", "key_source", "new_kek", "write_private"]

KEY_VARIABLE: Final = "VOC_VAULT_KEY"
"""Environment variable that names the key source."""

_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")
_SECONDS: Final = 60


@dataclass(frozen=True)
class KekKey:
    """A key-encryption key of 32 bytes. Neither printed nor pickled."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Names the key without telling anything about it: 16 hex digits."""
        return hashlib.sha256(b"voc key id\x00" + self.secret).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The key as it stands in a source."""
        return self.secret.hex()

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("a vault key is never pickled", hint="pass the key source instead")


def new_kek() -> KekKey:
    """Make a random key."""
    return KekKey(secrets.token_bytes(32))


class KeySource(ABC):
    """A place that holds key-encryption keys."""

    writable = False
    """Whether voc can put a new key there by itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def load(self) -> list[KekKey]:
        """Return the keys, the current one first.

        Raises
        ------
        InputError
            When the source cannot be read, is open to others, or holds no key.
        """
        lines = [line.strip() for line in self._read().splitlines() if line.strip()]
        if not lines or not all(_KEY.fullmatch(line) for line in lines):
            raise InputError(
                "this source holds no vault key", where=self.name, hint="64 hexadecimal digits are expected"
            )
        return [KekKey(bytes.fromhex(line)) for line in lines]

    def save(self, *keys: KekKey) -> None:  # noqa: ARG002 - sources that can be written use it
        """Put keys there, the current one first."""
        raise UsageError("voc cannot write keys to this source", where=self.name)

    def exists(self) -> bool:
        """Whether a key is there already."""
        try:
            return bool(self.load())
        except InputError:
            return False

    @abstractmethod
    def _read(self) -> str: ...


class FileSource(KeySource):
    """A file that only its owner can read."""

    writable = True

    def __init__(self, path: Path) -> None:
        super().__init__(f"file:{path}")
        self.path = path

    def exists(self) -> bool:
        """Whether the file is there, readable or not."""
        return self.path.exists()

    def save(self, *keys: KekKey) -> None:
        """Write the file whole or not at all, mode 0600."""
        write_private(self.path, "".join(f"{key.text}\n" for key in keys).encode())

    def _read(self) -> str:
        try:
            if os.name == "posix" and stat.S_IMODE(self.path.stat().st_mode) & 0o077:
                hint = f"chmod 600 {self.path}"
                raise InputError("the vault key can be read by others", where=str(self.path), hint=hint)
            return self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            hint = "run `voc vault init`, or name the source with --key or VOC_VAULT_KEY"
            raise InputError("there is no vault key", where=str(self.path), hint=hint) from None
        except (OSError, UnicodeDecodeError) as error:
            kind = getattr(error, "strerror", None) or "no text"
            raise InputError(f"the vault key cannot be read ({kind})", where=str(self.path)) from None


class EnvironmentSource(KeySource):
    """A variable of the environment."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"env:{variable}")
        self._variable = variable

    def _read(self) -> str:
        if self._variable not in os.environ:
            raise InputError("the variable is not set", where=self.name)
        return os.environ[self._variable].replace(",", "\n")


class KeyringSource(KeySource):
    """The keyring of the operating system, through the `keyring` library."""

    writable = True

    def __init__(self, service: str, entry: str) -> None:
        super().__init__(f"keyring:{service}/{entry}")
        self._service, self._entry = service, entry

    def save(self, *keys: KekKey) -> None:
        """Store the keys."""
        keyring = _keyring()
        try:
            keyring.set_password(self._service, self._entry, "\n".join(key.text for key in keys))
        except keyring.errors.KeyringError as error:
            raise OutputError(f"the keyring refuses ({type(error).__name__})", where=self.name) from None

    def _read(self) -> str:
        keyring = _keyring()
        try:
            found = keyring.get_password(self._service, self._entry)
        except keyring.errors.KeyringError as error:
            hint = "is a keyring service running for this user?"
            raise InputError(
                f"the keyring cannot be read ({type(error).__name__})", where=self.name, hint=hint
            ) from None
        if found is None:
            raise InputError("the keyring has no such entry", where=self.name)
        return str(found)


class CommandSource(KeySource):
    """A program that prints the key: the command-line client of a key management service, for example."""

    def __init__(self, command: str) -> None:
        words = shlex.split(command)
        if not words:
            raise UsageError("a command is expected", where="command:")
        super().__init__(f"command:{words[0]}")
        self._words = words

    def _read(self) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command, run without a shell
                self._words, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
            )
        except FileNotFoundError:
            raise InputError("there is no such program", where=self.name) from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InputError(f"the program failed ({type(error).__name__})", where=self.name) from None
        if done.returncode:
            raise InputError(f"the program failed with exit code {done.returncode}", where=self.name)
        return done.stdout.decode("ascii", "replace")


def key_source(given: str | None = None) -> KeySource:
    """Return the key source that is named: by `given`, else by `VOC_VAULT_KEY`, else the usual file."""
    text = given or os.environ.get(KEY_VARIABLE)
    if not text:
        return FileSource(data_home() / "keys" / "vault.key")
    kind, separator, rest = text.partition(":")
    if not separator or not rest:
        hint = "file:PATH, env:NAME, keyring:SERVICE/NAME or command:PROGRAM ARGUMENTS"
        raise UsageError("a key source names its kind", where="--key", hint=hint)
    if kind == "file":
        return FileSource(Path(rest).expanduser())
    if kind == "env":
        return EnvironmentSource(rest)
    if kind == "keyring":
        service, _, entry = rest.partition("/")
        return KeyringSource(service, entry or "vault")
    if kind == "command":
        return CommandSource(rest)
    near = nearest(kind, ("file", "env", "keyring", "command"))
    raise UsageError(
        "no such kind of key source", where="--key", hint=f"did you mean {near}:?" if near else None
    )


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):  # a folder that cannot be written has nothing to remove
            temporary.unlink(missing_ok=True)
        raise OutputError(f"the key cannot be written ({error.strerror})", where=str(path)) from None


def _keyring() -> Any:  # noqa: ANN401 - the module, which is an extra
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise MissingExtraError("keyring", "keyring") from None
    return keyring
