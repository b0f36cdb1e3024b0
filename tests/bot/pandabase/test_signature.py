"""Deliveries are the store's only with its signature, made just now, over just these bytes."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pandabase.signature import TOLERANCE, Signatures
from bot.payments.provider import BadSignature

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
KEY = b"the bytes of the key"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = '{"event":"PAYMENT_COMPLETED","note":"Grüße"}'.encode()


def v2(
    body: bytes = BODY, *, key: bytes = KEY, identity: str = "msg_1", at: datetime = NOW
) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    mac = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": identity,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def v1(body: bytes = BODY, *, secret: str = SECRET, at: datetime = NOW) -> dict[str, str]:
    stamp = str(int(at.timestamp() * 1000))
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"webhook-timestamp": stamp, "webhook-signature": signature}


@pytest.mark.parametrize("key", [KEY, SECRET.encode()])
def test_both_readings_of_a_secret_are_right(key: bytes) -> None:
    assert Signatures([SECRET]).check(BODY, v2(key=key), NOW) == "msg_1"


@pytest.mark.parametrize(
    "secret", ["whk_secret_abcdefghijklmnop1234567890", "wh_sk_abcd", "whsec_not*base64"]
)
def test_a_secret_that_isnt_base64_is_its_own_bytes_and_nothing_else(secret: str) -> None:
    signatures = Signatures([secret])

    assert signatures.check(BODY, v2(key=secret.encode()), NOW) == "msg_1"
    others = {b"", secret.removeprefix("whsec_").encode(), base64.b64decode(secret + "===")}
    for other in others - {secret.encode()}:
        with pytest.raises(BadSignature):
            signatures.check(BODY, v2(key=other), NOW)


def test_the_deprecated_scheme_is_right_with_the_secrets_own_bytes() -> None:
    signatures = Signatures([SECRET])

    assert signatures.check(BODY, v1(), NOW) is None
    with pytest.raises(BadSignature):
        signatures.check(BODY, v1(secret="another"), NOW)


def test_during_a_rotation_each_secret_is_right_and_a_third_is_not() -> None:
    signatures = Signatures(["whsec_bmV3IG5ldyBuZXc=", SECRET])

    assert signatures.check(BODY, v2(key=b"new new new"), NOW)
    assert signatures.check(BODY, v2(), NOW)
    with pytest.raises(BadSignature):
        signatures.check(BODY, v2(key=b"old old old"), NOW)


def test_one_right_signature_of_several_is_enough() -> None:
    headers = v2()
    headers["webhook-signature"] = f"v1,AAAA v2,xyz {headers['webhook-signature']} v1a,zzz"

    assert Signatures([SECRET]).check(BODY, headers, NOW)


@pytest.mark.parametrize("sign", [v2, v1])
@pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
def test_a_stale_or_future_delivery_is_refused(sign: object, seconds: int) -> None:
    headers = sign(at=NOW + timedelta(seconds=seconds))  # type: ignore[operator]

    with pytest.raises(BadSignature, match="too far"):
        Signatures([SECRET]).check(BODY, headers, NOW)


@pytest.mark.parametrize("sign", [v2, v1])
@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_fine(sign: object, seconds: int) -> None:
    assert timedelta(seconds=300) == TOLERANCE
    Signatures([SECRET]).check(BODY, sign(at=NOW + timedelta(seconds=seconds)), NOW)  # type: ignore[operator]


def test_without_a_secret_nothing_is_right() -> None:
    for signatures in (Signatures([]), Signatures([""])):
        for headers in (v2(), v2(key=b""), v1(secret="")):
            with pytest.raises(BadSignature):
                signatures.check(BODY, headers, NOW)


RIGHT = v2()["webhook-signature"]


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1"},
        {"webhook-signature": RIGHT.removeprefix("v1,")},
        {"webhook-signature": RIGHT.replace("v1,", "v2,")},
        {"webhook-signature": RIGHT[:-4]},
        {"webhook-signature": f"{RIGHT}="},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v1,a,b,c"},
        {"webhook-signature": "v1,\x00"},
        {"webhook-signature": "0" * 64},
        {"webhook-signature": "zz" * 32},
        {"webhook-id": ""},
        {"webhook-id": "msg_2"},
        {"webhook-id": "msg 1"},
        {"webhook-id": "m" * 300},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-timestamp": f"0{int(NOW.timestamp())}"},
        {"webhook-timestamp": f"{int(NOW.timestamp())}.0"},
        {"webhook-timestamp": f" {int(NOW.timestamp())}"},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "١٧"},
    ],
)
def test_malformed_headers_are_refused_and_nothing_else_is_raised(changes: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        Signatures([SECRET]).check(BODY, {**v2(), **changes}, NOW)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_changed_byte_of_the_body_is_seen(position: int, change: int) -> None:
    changed = bytes([*BODY[:position], BODY[position] ^ change, *BODY[position + 1 :]])

    for headers in (v2(), v1()):
        with pytest.raises(BadSignature):
            Signatures([SECRET]).check(changed, headers, NOW)


@given(
    st.binary(max_size=60),
    st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=100)
    ),
)
def test_anything_else_is_refused_and_nothing_else_is_raised(body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        Signatures([SECRET]).check(body, {**v2(), **headers} if body != BODY else headers, NOW)
