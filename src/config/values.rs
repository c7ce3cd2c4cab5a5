//! Parsers of setting values. Their errors describe the allowed values.

use std::net::{AddrParseError, IpAddr, SocketAddr, ToSocketAddrs};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use ipnet::IpNet;
use tracing::level_filters::LevelFilter;

use super::origins::{AllowedOrigin, Origin};

/// Parses an address or resolves a host name. The first IPv4 address is preferred.
pub(super) fn address(value: &str) -> Result<SocketAddr, &'static str> {
    let all = value.trim().to_socket_addrs().ok();
    all.and_then(|all| all.min_by_key(SocketAddr::is_ipv6))
        .ok_or("an address and a port, such as 127.0.0.1:8000, [::1]:8000 or localhost:8000")
}

/// Parses a list of networks. An address counts as a network of one.
pub(super) fn networks(value: &str) -> Result<Vec<IpNet>, &'static str> {
    let parse = |part: &str| part.parse().or_else(|_| part.parse().map(IpAddr::into));
    let parts = value.split(',').map(str::trim);
    let all: Result<_, AddrParseError> = parts.filter(|part| !part.is_empty()).map(parse).collect();
    all.map_err(|_| "addresses and networks, separated by commas, such as 127.0.0.1,10.0.0.0/8")
}

/// Parses the address that people use. It has no path.
pub(super) fn public_url(value: &str) -> Result<Origin, &'static str> {
    origin(value)
        .filter(Origin::is_web)
        .ok_or("an address without a path, such as https://chat.example.com")
}

/// Parses an origin that may call the server.
pub(super) fn allowed_origin(value: &str) -> Result<AllowedOrigin, &'static str> {
    match value.trim() {
        "*" => Ok(AllowedOrigin::Any),
        "null" => Ok(AllowedOrigin::Null),
        other => origin(other)
            .map(AllowedOrigin::Only)
            .ok_or("an origin such as https://app.example.com, null or *"),
    }
}

/// Parses an origin, also with the slash at its end that browsers show.
fn origin(value: &str) -> Option<Origin> {
    let value = value.trim();
    Origin::parse(value.strip_suffix('/').unwrap_or(value))
}

/// Parses a size in bytes, with or without a unit.
pub fn size(value: &str) -> Result<u64, &'static str> {
    let value = value.trim();
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let with_unit = units
        .iter()
        .find_map(|(unit, bits)| Some((value.strip_suffix(unit)?, *bits)));
    let (number, bits) = with_unit.unwrap_or((value, 0));
    let number: Option<u64> = number.trim_end().parse().ok();
    let size = number.and_then(|number| number.checked_mul(1 << bits));
    size.filter(|size| *size > 0)
        .ok_or("a size such as 10MiB, 500KiB or 100000")
}

/// Parses a work factor of bcrypt.
pub(super) fn cost(value: &str) -> Result<u32, &'static str> {
    let cost = value.trim().parse().ok();
    cost.filter(|cost| (4..=31).contains(cost))
        .ok_or("a number from 4 to 31")
}

/// Parses an address, and the one to which a connection goes in its place.
pub(super) fn route(value: &str) -> Result<(IpAddr, SocketAddr), &'static str> {
    let (from, to) = value.split_once('=').unwrap_or_default();
    let route = from.trim().parse().ok().zip(to.trim().parse().ok());
    route.ok_or("an address and its replacement, such as 192.0.2.1=127.0.0.1:8080")
}

pub(super) fn level() -> impl TypedValueParser<Value = LevelFilter> {
    let names = PossibleValuesParser::new(["off", "error", "warn", "info", "debug", "trace"]);
    names.map(|name| name.parse().unwrap_or(LevelFilter::INFO)) // never needed: all six names are valid
}

pub(super) fn switch() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["on", "off"]).map(|name| name == "on")
}
