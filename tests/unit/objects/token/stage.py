"""A token object on a real database, with a provider and a keyring that tests command."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from companion.kernel.redacted import Redacted, Scrubber
from companion.kernel.result import Result, expect_ok
from companion.objects.token.object import TokenObject, TokenTools
from companion.objects.twitch_token.object import TwitchToken
from companion.ports.failures import TokenError
from companion.ports.tokens import AccessToken, SignedIn
from companion.ports.vault import VaultItem
from tests.fakes.authorization import SCOPES, FakeAuthorization
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Rig, Rigs, settle
from tests.fakes.vault import FakeVault

LOGGER = logging.getLogger("companion.test")


class Stage:
    """Provider and keyring last; `restart` gives a new object on the same file."""

    def __init__(self, path: Path, clock: FakeClock, kind: type[TokenObject] = TwitchToken) -> None:
        self.clock = clock
        self.kind = kind
        self.server = FakeAuthorization(clock, rotates=kind.rotates)
        self.vault = FakeVault()
        self.scrubber = Scrubber()
        self.changes = 0
        self.problem: str | None = None
        self._rigs = Rigs(path / "companion.db", clock)
        self._begin()

    def _begin(self) -> None:
        self.rig: Rig = self._rigs()
        self.token = self.kind(
            runtime=self.rig.runtime,
            tools=TokenTools(
                server=self.server,
                vault=self.vault,
                supervisor=self.rig.supervisor,
                scrubber=self.scrubber,
                logger=LOGGER,
                needed_scopes=SCOPES,
                on_change=self._changed,
            ),
        )
        self.problem = self.token.start()
        self.rig.start()

    def _changed(self) -> None:
        self.changes += 1
        self.token.status()  # whoever is told looks

    async def sign_in(self, signed_in: SignedIn | None = None) -> SignedIn:
        signed_in = signed_in or self.server.sign_in()
        expect_ok(await self.token.set_tokens(signed_in))
        return signed_in

    async def restart(self) -> None:
        """Killed, and started again."""
        await self.rig.crash()
        self._begin()

    async def close(self) -> None:
        self.server.release()
        self.vault.release()
        await self._rigs.close()

    def item(self, word: str) -> str | None:
        """A secret as the keyring holds it: `refresh` or `access`."""
        items: dict[str, VaultItem] = {
            "twitch refresh": "twitch-refresh-token",
            "twitch access": "twitch-access-token",
            "spotify refresh": "spotify-refresh-token",
            "spotify access": "spotify-access-token",
        }
        stored = self.vault.items.get(items[f"{self.kind.provider} {word}"])
        return None if stored is None else stored.reveal()

    async def get(self, rejected: str | None = None) -> Result[AccessToken, TokenError]:
        token = None if rejected is None else AccessToken(Redacted(rejected), "any")
        return await self.token.get_valid_token(rejected=token)

    async def text(self, rejected: str | None = None) -> str:
        """The access token that is handed out."""
        return expect_ok(await self.get(rejected)).value.reveal()

    async def held(self) -> asyncio.Task[Result[AccessToken, TokenError]]:
        """A caller whose request stands at the provider, which does not answer before its `release`."""
        self.server.hold()
        caller = asyncio.create_task(self.get())
        await settle()
        return caller
