import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound.addresses import is_public_address

INNER = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.1.2.3",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.1.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1%eth0",
]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_not_public(address):
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "140.82.121.4", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"])
def test_a_public_address_is_public(address):
    assert is_public_address(address)


@pytest.mark.parametrize("text", ["", "localhost", "2130706433", "0x7f.1", "127.1", "1.2.3.4.5", "8.8.8.8 "])
def test_what_is_no_canonical_address_is_not_public(text):
    assert not is_public_address(text)


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_carries_an_ipv4_address_through(inner):
    # given every usual way to write an IPv4 address into an IPv6 one
    number = int(inner)
    forms = [number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    # then none of them may be connected to
    assert not any(is_public_address(str(ipaddress.IPv6Address(form))) for form in forms)
