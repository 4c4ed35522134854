"""Looks for secrets in files, in every dress in which they might have been written down."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

PIECE = 16
"""Characters. Half a token in a log is a leak too, so its ends are looked for; so many are no coincidence."""
_URL_TEXT = re.compile(rb"[A-Za-z0-9._~-]{43,}")
_VERIFIER_LENGTHS = range(43, 129)


def leaks(files: Iterable[Path], secrets: Iterable[str], *, challenges: Iterable[str] = ()) -> list[str]:
    """One line per file and secret found in it.

    `challenges` are S256 challenges of PKCE (RFC 7636, section 4.2): nobody but their maker knows the verifiers, but
    a verifier that was written down is recognised by its hash.
    """
    wanted = {form: name for secret in secrets for form, name in _forms(secret)}
    pattern = re.compile(b"|".join(re.escape(form) for form in sorted(wanted))) if wanted else None
    hashes = set(challenges)
    found: dict[str, None] = {}
    for file in files:
        content = file.read_bytes()
        for hit in pattern.finditer(content) if pattern else ():
            found[f"{file.name}: {wanted[hit[0]]}"] = None
        if hashes and (verifier := _verifier_in(content, hashes)):
            found[f"{file.name}: a code verifier, {verifier}"] = None
    return list(found)


def files_below(*folders: Path) -> list[Path]:
    return [file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()]


def challenges_of(world: Mapping[str, Mapping[str, Mapping[str, Mapping[str, object]]]]) -> set[str]:
    """The challenges of every authorization code that the simulator gave out."""
    return {str(code["code_challenge"]) for code in world["spotify"]["codes"].values()}


def _forms(secret: str) -> Iterator[tuple[bytes, str]]:
    """What stands for the secret: its ends, plain, in UTF-16, in percent signs, and in base64 at any offset."""
    name = f"{secret[:4]}… ({len(secret)} characters)"
    for piece in (secret[:PIECE], secret[-PIECE:]):
        yield piece.encode(), f"{name}, plain"
        yield piece.encode("utf-16-le"), f"{name}, in UTF-16"
        yield quote(piece, safe="").encode(), f"{name}, URL-encoded"
        yield "".join(f"%{byte:02X}" for byte in piece.encode()).encode(), f"{name}, URL-encoded throughout"
        for offset in range(3):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                # The first and last characters depend on what stood beside the piece.
                yield encode(b"\0" * offset + piece.encode())[4:-4], f"{name}, in base64"


def _verifier_in(content: bytes, hashes: set[str]) -> str | None:
    for run in set(_URL_TEXT.findall(content)):
        for length in _VERIFIER_LENGTHS:
            for start in range(max(0, min(len(run) - length + 1, 2048))):
                digest = hashlib.sha256(run[start : start + length]).digest()
                if base64.urlsafe_b64encode(digest).decode().rstrip("=") in hashes:
                    return f"{length} characters"
    return None
