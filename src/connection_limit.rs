//! Limit of open connections, in all and for each address.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use ipnet::IpNet;
use parking_lot::Mutex;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::web::peer;

/// Part of the connections that one address may have: half.
const SHARE_OF_ADDRESS: usize = 2;
/// Part of the connections that only addresses without a connection can take: a sixteenth.
const RESERVE: usize = 16;

/// Number of connections of each address that is limited.
type ConnectionCounts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Counts the open connections.
pub struct ConnectionLimit {
    all: Arc<Semaphore>,
    max: usize,
    by_address: ConnectionCounts,
    /// Networks without a limit for each address, such as those of proxies, which pass on the connections of many
    /// clients.
    unlimited: Vec<IpNet>,
}

/// An open connection, counted until it is dropped.
pub struct ConnectionSlot {
    _permit: OwnedSemaphorePermit,
    /// Address that it counts for.
    address: Option<(IpAddr, ConnectionCounts)>,
}

impl ConnectionLimit {
    /// At most `max` connections. The addresses in `unlimited` share only this limit.
    pub fn new(max: usize, unlimited: Vec<IpNet>) -> ConnectionLimit {
        ConnectionLimit {
            all: Arc::new(Semaphore::new(max)),
            max,
            by_address: Arc::default(),
            unlimited,
        }
    }

    /// Counts a connection. `None` if there are too many, in all or from its address. IPv6 addresses count by their
    /// /64 network.
    pub fn take(&self, from: SocketAddr) -> Option<ConnectionSlot> {
        let from = from.ip().to_canonical();
        let permit = self.all.clone().try_acquire_owned().ok()?;
        if self.unlimited.iter().any(|network| network.contains(&from)) {
            return Some(ConnectionSlot {
                _permit: permit,
                address: None,
            });
        }
        let from = peer::subscriber(from);
        let mut by_address = self.by_address.lock();
        let open = by_address.get(&from).copied().unwrap_or_default();
        let is_reserved = open > 0 && self.all.available_permits() < self.max / RESERVE;
        if is_reserved || open >= (self.max / SHARE_OF_ADDRESS).max(1) {
            return None;
        }
        by_address.insert(from, open + 1);
        drop(by_address);
        Some(ConnectionSlot {
            _permit: permit,
            address: Some((from, self.by_address.clone())),
        })
    }

    /// Waits until all connections have ended.
    pub async fn all_ended(&self) -> Result<(), AcquireError> {
        let all = u32::try_from(self.max).unwrap_or(u32::MAX);
        self.all.acquire_many(all).await.map(drop)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        if let Some((address, by_address)) = &self.address {
            let mut by_address = by_address.lock();
            if let Some(open) = by_address.get_mut(address) {
                *open -= 1;
                if *open == 0 {
                    by_address.remove(address);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        SocketAddr::new(text.parse().expect("an address"), 1234)
    }

    #[test]
    fn one_address_takes_half_and_few_addresses_leave_a_reserve_for_new_ones() {
        let limit = ConnectionLimit::new(64, Vec::new());
        let take = |from: &str| limit.take(address(from));
        let mut first: Vec<_> = std::iter::from_fn(|| take("10.0.0.1")).collect();
        assert_eq!(first.len(), 32);
        let second: Vec<_> = std::iter::from_fn(|| take("10.0.0.2")).collect();
        assert_eq!(second.len(), 28, "it leaves a sixteenth");
        assert!(take("10.0.0.1").is_none() && take("10.0.0.2").is_none());
        let others = ["10.0.0.3", "10.0.0.4", "10.0.0.5", "2001:db8::1"].map(take);
        assert!(others.iter().all(Option::is_some));
        assert!(take("10.0.0.6").is_none(), "all 64 are in use");
        first.clear();
        assert!(take("10.0.0.1").is_some());
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_a_trusted_proxy_is_not_limited() {
        let proxies = vec!["10.0.0.0/8".parse().expect("a network")];
        let limit = ConnectionLimit::new(64, proxies);
        let network = (0..40).map(|host| limit.take(address(&format!("2001:db8::{host:x}"))));
        let network: Vec<_> = network.flatten().collect();
        assert_eq!(network.len(), 32);
        let mapped = limit.take(address("::ffff:10.0.0.1"));
        let proxy: Vec<_> = std::iter::from_fn(|| limit.take(address("10.0.0.1"))).collect();
        assert_eq!((mapped.is_some(), proxy.len()), (true, 31));
        drop((network, mapped, proxy));
        assert!(limit.by_address.lock().is_empty());
    }
}
