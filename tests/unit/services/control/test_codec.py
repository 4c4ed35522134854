"""Values as scripts see them."""

from __future__ import annotations

import pytest

from companion.ports.vault import VaultError, VaultLocked, VaultMissing, VaultRefused, VaultStatus, VaultTimedOut
from companion.services.control.codec import Json, to_json


@pytest.mark.parametrize(
    "error,told",
    [
        (VaultLocked(), {"error": "VaultLocked"}),
        (VaultMissing("Install one."), {"error": "VaultMissing", "advice": "Install one."}),
        (VaultTimedOut(20.0), {"error": "VaultTimedOut", "seconds": 20.0}),
        (VaultRefused("no"), {"error": "VaultRefused", "detail": "no"}),
    ],
)
def test_what_is_wrong_with_the_keyring_has_a_name(error: VaultError, told: Json) -> None:
    assert to_json(VaultStatus("a keyring", error, asked=True)) == {
        "backend": "a keyring",
        "error": told,
        "asked": True,
    }
