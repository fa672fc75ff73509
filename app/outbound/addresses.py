"""Which addresses the server may connect to on somebody else's behalf: public unicast ones, and no others."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# The only block IANA hands out for global unicast. What lies outside embeds IPv4 (::ffff:0:0/96, ::/96, 64:ff9b::/96)
# or is local, whatever `is_global` of the running Python version thinks of it.
_GLOBAL_UNICAST = IPv6Network("2000::/3")

_REFUSED_V6 = (
    IPv6Network("2001::/32"),  # Teredo: carries an IPv4 address
    IPv6Network("2002::/16"),  # 6to4: carries an IPv4 address
    IPv6Network("2001:db8::/32"),  # documentation
)

_REFUSED_V4 = (
    ip_network("168.63.129.16/32"),  # the platform's own services on Azure, although the address is a public one
    ip_network("192.0.0.0/24"),  # IETF protocol assignments; one is Oracle Cloud's metadata service
    ip_network("192.88.99.0/24"),  # the retired 6to4 relay
)


def is_public_address(address: str) -> bool:
    """Whether `address` (text of an IPv4 or IPv6 address) is public unicast; False for what is no address.

    Refused are private, loopback, link-local, carrier-grade NAT, multicast, reserved and documentation addresses
    (`ipaddress.is_global`, after IANA's special-purpose registries), every IPv6 form that embeds an IPv4 address
    (mapped, NAT64, 6to4, Teredo), scoped addresses, and the clouds' metadata services.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        return _is_public_v6(parsed)
    return _is_public_v4(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _GLOBAL_UNICAST or not address.is_global:
        return False
    return not any(address in network for network in _REFUSED_V6)
