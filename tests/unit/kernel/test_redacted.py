"""Secrets: never shown by accident, never left in a text that was scrubbed."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import string
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from companion.kernel.redacted import MASK, Redacted, Scrubber

SECRET = "s3cr3t-Value_of.some~length"


@dataclass(frozen=True)
class Holder:
    token: Redacted


@pytest.mark.parametrize(
    "show",
    [
        repr, str, "{}".format, "{!r}".format, lambda it: f"{it}", lambda it: repr([it]),
        lambda it: repr({"token": it}), lambda it: repr(Holder(it)), lambda it: json.dumps({"t": it}, default=str),
    ],
)  # fmt: skip
def test_a_secret_does_not_print(show: Callable[[object], str]) -> None:
    assert SECRET not in show(Redacted(SECRET))
    assert MASK in show(Redacted(SECRET))


def test_a_secret_leaves_neither_by_pickle_nor_by_json_nor_by_its_dictionary() -> None:
    secret = Redacted(SECRET)
    for leave in (pickle.dumps, json.dumps, copy.deepcopy, vars):
        with pytest.raises(TypeError) as caught:
            leave(secret)
        assert SECRET not in str(caught.value)


def test_a_secret_does_not_show_in_a_traceback() -> None:
    def use(token: Redacted) -> None:
        raise ValueError(f"could not use {token}")

    with pytest.raises(ValueError, match="could not use") as caught:
        use(Redacted(SECRET))
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert SECRET not in shown.replace(f'"{SECRET}"', "").replace(f"'{SECRET}'", "")
    assert f"token = {MASK}" in shown


def test_secrets_compare_by_value_and_tell_themselves_apart_by_fingerprint() -> None:
    assert Redacted("a") == Redacted("a") != Redacted("b")
    assert hash(Redacted("a")) == hash(Redacted("a"))
    assert Redacted("a") != "a"
    assert Redacted("a").fingerprint() == Redacted("a").fingerprint() != Redacted("b").fingerprint()
    assert len(Redacted(SECRET).fingerprint()) == 8


SECRETS = st.text(string.ascii_letters + string.digits + '-._~+/="\\ü&% ', min_size=8, max_size=200).filter(
    lambda text: text.strip() == text and text not in MASK
)
URL = "https://id.example/oauth2?client_id=abc&grant={}&scope=x"
SURROUNDINGS: list[Callable[[str], str]] = [
    lambda it: it,
    lambda it: f"before {it} after",
    lambda it: f"x{it}y",
    lambda it: it * 3,
    URL.format,
    lambda it: URL.format(quote(it)),
    lambda it: URL.format(quote(it, safe="")),
    lambda it: URL.format(quote_plus(it)),
    lambda it: json.dumps({"anything": it, "list": [it]}),
    lambda it: json.dumps({"anything": it}, ensure_ascii=False),
    lambda it: json.dumps(json.dumps({"anything": it})),
    lambda it: f"X-Header: {it}\r\nAccept: */*",
    lambda it: f"Authorization: Bearer {it}",
    lambda it: f"Authorization: OAuth {it}",
    lambda it: f"Holder(token={it!r})",
    lambda it: repr(it.encode()),
    lambda it: repr({"k": (it, [it])}),
    lambda it: "".join(traceback.format_exception_only(ValueError(f"cannot use {it}"))),
]


@given(SECRETS, st.sampled_from(range(len(SURROUNDINGS))), st.text(max_size=10))
@example("aaaaaaaa/bbbb+cccc==", 6, "")
@example('quote"and\\backslash', 8, "")
def test_a_planted_secret_survives_no_surrounding(secret: str, surrounding: int, around: str) -> None:
    scrubber = Scrubber()
    scrubber.learn(Redacted(secret))
    shown = scrubber.scrub(around + SURROUNDINGS[surrounding](secret) + around)
    for form in {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]}:
        assert form not in shown or form in around


@given(st.text(string.ascii_uppercase, min_size=8, max_size=20), st.text(string.digits, min_size=1, max_size=20))
def test_a_secret_that_begins_with_another_leaves_no_rest(short: str, rest: str) -> None:
    scrubber = Scrubber()
    scrubber.learn(Redacted(short))
    scrubber.learn(Redacted(short + rest))
    shown = scrubber.scrub(f"is <{short + rest}> and <{short}>")
    assert shown == f"is <{MASK}> and <{MASK}>"


SHAPED = "q7Kx9Lm2Pz4Rt6Wv8Yb1"


@pytest.mark.parametrize(
    "text",
    [
        f"access_token={SHAPED}&token_type=bearer",
        f'{{"access_token": "{SHAPED}", "expires_in": 3600}}',
        f"{{'refresh_token': '{SHAPED}'}}",
        f"refresh_token={SHAPED}",
        f"Authorization: Bearer {SHAPED}",
        f"authorization: OAuth {SHAPED}",
        f"http://127.0.0.1:17800/overlay/live?token={SHAPED}",
        f"/callback?code={SHAPED}&state=1",
        f"https://twitch.example/activate?device-code={SHAPED}",
        f"device_code: {SHAPED}",
        f"code_verifier={SHAPED}",
        f"client_secret={SHAPED}",
        json.dumps(json.dumps({"access_token": SHAPED})),
    ],
)
def test_what_is_shaped_like_a_secret_goes_even_unknown(text: str) -> None:
    shown = Scrubber().scrub(text)
    assert SHAPED not in shown
    assert MASK in shown


def test_ordinary_text_stays() -> None:
    for text in ("the stream went live", "GET /overlay/live 200", "tokens: 3 in use", "3 tokens and a bearer of news"):
        assert Scrubber().scrub(text) == text


def test_scrubbing_twice_changes_nothing_more() -> None:
    scrubber = Scrubber()
    once = scrubber.scrub(f"token={SHAPED}, Bearer {SHAPED}")
    assert scrubber.scrub(once) == once


def test_short_words_are_not_learned() -> None:
    scrubber = Scrubber()
    scrubber.learn(Redacted("live"))
    assert scrubber.scrub("the stream is live") == "the stream is live"


def test_the_secrets_in_use_are_remembered_over_many_renewals() -> None:
    scrubber = Scrubber()
    scrubber.learn(Redacted("the-lasting-refresh-token"))
    for number in range(500):
        scrubber.learn(Redacted(f"access-token-number-{number:04d}"))
        scrubber.learn(Redacted("the-lasting-refresh-token"))
    shown = scrubber.scrub("the-lasting-refresh-token access-token-number-0499 access-token-number-0490")
    assert shown == " ".join([MASK] * 3)


def test_base64_of_a_secret_is_out_of_reach_on_purpose() -> None:
    """No provider in use wants its secrets in Base64; said here so that nobody relies on it."""
    encoded = base64.b64encode(SECRET.encode()).decode()
    scrubber = Scrubber()
    scrubber.learn(Redacted(SECRET))
    assert encoded in scrubber.scrub(f"x {encoded}")
