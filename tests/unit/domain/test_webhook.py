"""Messages go to public hosts alone, are signed so that a receiver can tell, and come back at a bearable pace."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.domain.refusals import Invalid
from trace.domain.subscribing import DestinationRefused, query_name
from trace.domain.webhook import (
    GIVEN_UP_AFTER,
    LONGEST_DELAY,
    MOST_ATTEMPTS,
    delay,
    destination,
    is_public,
    signature,
)


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://client.example.com/queryCallback", "client.example.com", 443, "/queryCallback"),
        ("https://client.example.com:8443?to=us", "client.example.com", 8443, "/?to=us"),
        ("HTTPS://Client.Example.COM/a%20b", "client.example.com", 443, "/a%20b"),
        ("https://8.8.8.8/x", "8.8.8.8", 443, "/x"),
        ("https://[2606:4700::1]:444/", "2606:4700::1", 444, "/"),
    ],
)
def test_a_public_https_address_is_taken_apart(url: str, host: str, port: int, target: str) -> None:
    found = destination(url, private=False)
    assert (found.secure, found.host, found.port, found.target) == (True, host, port, target)


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example.com/",
        "ftp://client.example.com/",
        "file:///etc/passwd",
        "gopher://client.example.com/",
        "https://",
        "https:///x",
        "https://user:secret@client.example.com/",
        "https://@client.example.com/",
        "https://client.example.com/#part",
        "https://client.example.com:0/",
        "https://client.example.com:65536/",
        "https://client.example.com/a b",
        "https://client.example.com/\r\nX-Injected: 1",
        "https://client.example.com\\@169.254.169.254/",
        "https://例子.中国/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://client.example.com/" + "x" * 2000,
        "https://127.0.0.1/",
        "https://10.1.2.3:8443/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "",
    ],
)
def test_an_address_that_is_not_public_encrypted_and_plain_is_refused(url: str) -> None:
    with pytest.raises(DestinationRefused):
        destination(url, private=False)


def test_a_developer_may_have_messages_on_his_own_machine() -> None:
    assert destination("http://127.0.0.1:9000/hook", private=True).port == 9000
    assert destination("https://10.1.2.3/", private=True).host == "10.1.2.3"
    with pytest.raises(DestinationRefused):
        destination("http://user@localhost/", private=True)


@given(st.text(max_size=60))
def test_whatever_is_given_as_an_address_is_taken_apart_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://client.example.com{text}"):
        try:
            found = destination(url, private=False)
        except DestinationRefused:
            continue
        assert found.secure
        assert found.target.startswith("/")
        assert (found.authority + found.target).isprintable()
        assert (found.authority + found.target).isascii()
        assert not set(found.authority) & set(" @#/?\\")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
        *("169.254.169.254", "192.0.2.1", "198.18.0.1", "224.0.1.1", "240.0.0.1", "255.255.255.255"),
        *(
            "::",
            "::1",
            "::127.0.0.1",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fd00:ec2::254",
            "fec0::1",
            "ff02::1",
        ),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1"),
        *("2002:7f00:1::", "2002:c0a8:101::1", "2001:db8::1", "2001:0:53aa:64c::1", "100::1"),
    ],
)
def test_no_address_of_a_network_inside_counts_as_public_however_it_is_wrapped(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "114.114.114.114", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"],
)
def test_addresses_of_the_internet_at_large_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_into_another_is_as_public_as_it_is_itself(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    plain = is_public(ip_address(number))
    assert is_public(ip_address(f"::ffff:{address}")) == plain
    assert is_public(ip_address((0x64FF9B << 96) | number)) == plain
    assert is_public(ip_address((0x2002 << 112) | (number << 80))) == plain


# -- signatures -----------------------------------------------------------------------------------------------


@pytest.mark.conforms("subs-signature")
@given(st.text(min_size=1), st.binary(), st.integers(0, 2**33))
def test_a_receiver_that_follows_the_document_comes_to_the_same_signature(
    token: str, body: bytes, seconds: int
) -> None:
    try:
        key = token.encode()
    except UnicodeEncodeError:  # half a character never gets in
        return
    header = signature(token, "m-1", seconds, body)
    expected = hmac.digest(key, f"m-1.{seconds}.".encode() + body, hashlib.sha256).hex()
    assert header == f"id=m-1,t={seconds},v1={expected}"


def test_a_signature_is_of_one_message_at_one_time_with_one_body() -> None:
    signed = signature("token", "m-1", 1700000000, b"{}")
    others = [
        signature("other", "m-1", 1700000000, b"{}"),
        signature("token", "m-2", 1700000000, b"{}"),
        signature("token", "m-1", 1700000001, b"{}"),
        signature("token", "m-1", 1700000000, b"{ }"),
    ]
    assert len({one.rpartition("v1=")[2] for one in [signed, *others]}) == 5


# -- when again -----------------------------------------------------------------------------------------------


def test_a_receiver_has_a_day_to_come_back() -> None:
    waits = [delay(failures, 0) for failures in range(1, MOST_ATTEMPTS)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=30)
    assert waits[-1] == LONGEST_DELAY
    assert GIVEN_UP_AFTER <= sum(waits, timedelta()) < GIVEN_UP_AFTER + timedelta(hours=1)


@given(st.integers(1, 10**6), st.integers(0, 255), st.none() | st.integers(0, 10**9))
def test_the_pause_is_never_shorter_than_the_back_off_nor_longer_than_a_quarter_more(
    failures: int, spread: int, asked: int | None
) -> None:
    plain = delay(failures, 0)
    found = delay(failures, spread, asked)
    assert plain <= found <= LONGEST_DELAY * 1.25
    if asked is not None:
        assert found >= min(timedelta(seconds=asked), LONGEST_DELAY)


# -- names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["myQuery", "进货查询", "a b", "x:y", "v1.2", "a" * 128])
def test_a_query_may_be_called_what_can_stand_in_an_address(name: str) -> None:
    assert query_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " a", "a ", ".", "..", "a/b", "a?b", "a#b", "a%2Fb", "a\\b", "a\nb", "a" * 129, "\u202e"]
)
def test_a_name_that_would_change_an_address_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        query_name(name)
