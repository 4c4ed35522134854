"""One row per provider: states and times of a login. Secrets are in the vault, never here."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.objects.token.state import TokenState
from companion.ports.tokens import Account
from companion.storage.base import Base, InstantText, MalformedStored


class TokenStateRow(Base):
    """The stored state of one token object."""

    __tablename__ = "token_state"
    __table_args__ = (
        CheckConstraint(
            "phase IN ('not_configured', 'authorized', 'reauthorization_required', 'set_up_wrong')", name="phase"
        ),
        CheckConstraint("failures >= 0", name="failures"),
    )

    provider: Mapped[str] = mapped_column(String, primary_key=True)
    phase: Mapped[str] = mapped_column(String)
    reason: Mapped[str | None] = mapped_column(String)
    since: Mapped[Instant | None] = mapped_column(InstantText)
    client_id: Mapped[str | None] = mapped_column(String)
    account_id: Mapped[str | None] = mapped_column(String)
    account_login: Mapped[str | None] = mapped_column(String)
    account_name: Mapped[str | None] = mapped_column(String)
    account_picture: Mapped[str | None] = mapped_column(String)
    account_type: Mapped[str | None] = mapped_column(String)
    scopes: Mapped[str] = mapped_column(String)
    expires_at: Mapped[Instant | None] = mapped_column(InstantText)
    authorized_at: Mapped[Instant | None] = mapped_column(InstantText)
    failures: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[Instant | None] = mapped_column(InstantText)
    last_failure: Mapped[str | None] = mapped_column(String)
    refresh_started_with: Mapped[str | None] = mapped_column(String)
    live: Mapped[bool]

    def value(self) -> TokenState:
        """The row as a frozen value. Raises `MalformedStored` for what no version of Companion writes."""
        account = None
        if self.account_id is not None:
            if self.account_login is None or self.account_name is None:
                raise MalformedStored("an account without a name")
            account = Account(
                self.account_id, self.account_login, self.account_name, self.account_picture, self.account_type or ""
            )
        match self.phase:
            case "not_configured" | "authorized" | "reauthorization_required" | "set_up_wrong" as phase:
                return TokenState(
                    phase=phase,
                    reason=self.reason,
                    since=self.since,
                    client_id=self.client_id,
                    account=account,
                    scopes=frozenset(self.scopes.split()),
                    expires_at=self.expires_at,
                    authorized_at=self.authorized_at,
                    failures=self.failures,
                    next_attempt_at=self.next_attempt_at,
                    last_failure=self.last_failure,
                    refresh_started_with=self.refresh_started_with,
                    live=self.live,
                )
            case other:
                raise MalformedStored(f"unknown phase {other!r:.40}")

    @classmethod
    def of(cls, provider: str, state: TokenState) -> TokenStateRow:
        """The row that stores `state`."""
        account = state.account
        return cls(
            provider=provider,
            phase=state.phase,
            reason=state.reason,
            since=state.since,
            client_id=state.client_id,
            account_id=account and account.user_id,
            account_login=account and account.login,
            account_name=account and account.display_name,
            account_picture=account and account.picture_url,
            account_type=account and account.broadcaster_type,
            scopes=" ".join(sorted(state.scopes)),
            expires_at=state.expires_at,
            authorized_at=state.authorized_at,
            failures=state.failures,
            next_attempt_at=state.next_attempt_at,
            last_failure=state.last_failure,
            refresh_started_with=state.refresh_started_with,
            live=state.live,
        )
