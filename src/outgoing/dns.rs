//! Queries to a configurable DNS server over UDP (RFC 1035), so that tests control what a name resolves to.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{net::UdpSocket, time::timeout};
use uuid::Uuid;

/// Timeout for a response.
const WAIT: Duration = Duration::from_secs(2);
/// Record types A and AAAA.
const TYPES: [u16; 2] = [1, 28];
/// Size of the header in bytes.
const HEADER: usize = 12;
/// Maximum size of a response in bytes.
const MAX_ANSWER: usize = 4096;

/// Resolves a name to its addresses, IPv4 first.
pub async fn look_up(name: &str, server: SocketAddr) -> io::Result<Vec<IpAddr>> {
    let local: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(server).await?;
    let mut found = Vec::new();
    for kind in TYPES {
        let id = Uuid::new_v4().as_fields().1;
        socket.send(&question(name, kind, id)).await?;
        let mut answer = vec![0; MAX_ANSWER];
        let size = timeout(WAIT, socket.recv(&mut answer)).await??;
        answer.truncate(size);
        if answer.get(..2) == Some(&id.to_be_bytes()[..]) {
            found.extend(addresses(&answer).unwrap_or_default());
        }
    }
    Ok(found)
}

fn question(name: &str, kind: u16, id: u16) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]); // recursion desired, one question
    for label in name.trim_end_matches('.').split('.') {
        let label = &label.as_bytes()[..label.len().min(63)];
        bytes.push(label.len() as u8);
        bytes.extend(label);
    }
    bytes.push(0);
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1]); // class IN
    bytes
}

/// Extracts the addresses from a response. Returns `None` if it is truncated.
fn addresses(answer: &[u8]) -> Option<Vec<IpAddr>> {
    let count = u16::from_be_bytes([*answer.get(6)?, *answer.get(7)?]);
    let mut at = after_name(answer, HEADER)? + 4;
    let mut found = Vec::new();
    for _ in 0..count {
        at = after_name(answer, at)?;
        let length = u16::from_be_bytes([*answer.get(at + 8)?, *answer.get(at + 9)?]);
        let data = answer.get(at + 10..at + 10 + usize::from(length))?;
        if let Ok(bytes) = <[u8; 4]>::try_from(data) {
            found.push(IpAddr::from(bytes));
        } else if let Ok(bytes) = <[u8; 16]>::try_from(data) {
            found.push(IpAddr::from(bytes));
        }
        at += 10 + data.len();
    }
    Some(found)
}

/// Returns the offset after a name, which ends with an empty label or a pointer.
fn after_name(answer: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *answer.get(at)? {
            0 => return Some(at + 1),
            length if length >= 0xC0 => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
}
