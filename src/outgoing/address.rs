//! Public IP addresses, as opposed to private, local and special-purpose ones.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::LazyLock,
};

use ipnet::IpNet;

/// Networks that aren't public: the IANA special-purpose registries (RFC 6890), and addresses of cloud metadata
/// services.
const NOT_PUBLIC: [&str; 24] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32", // Azure metadata
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",       // multicast, reserved, broadcast
    "2001::/23",         // IETF protocols, such as Teredo
    "2001:db8::/32",     // documentation
    "2002::/16",         // 6to4, embeds an IPv4 address
    "2620:4f:8000::/48", // AS112, reverse DNS of private addresses
    "3ffe::/16",         // formerly 6bone
    "3fff::/20",         // documentation
];

static NETWORKS: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let networks = NOT_PUBLIC.iter();
    networks
        .map(|network| network.parse().expect("a constant network"))
        .collect()
});

/// Returns whether an address is public and unicast. IPv6 addresses with an embedded IPv4 address (mapped, compatible,
/// NAT64, 6to4, Teredo, ISATAP) don't count, because the embedded address isn't checked.
pub fn is_public(address: IpAddr) -> bool {
    let is_unicast = match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => is_global_unicast(address),
    };
    is_unicast && !NETWORKS.iter().any(|network| network.contains(&address))
}

/// Returns whether an address is in 2000::/3, the only range allocated for global unicast (RFC 4291), and isn't an
/// ISATAP address (RFC 5214, section 6.1).
fn is_global_unicast(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let is_isatap = parts[4] & !0x0200 == 0 && parts[5] == 0x5efe;
    parts[0] >> 13 == 1 && !is_isatap
}
