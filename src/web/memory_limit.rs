//! Limits on the memory of request bodies and of responses that clients have not read.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::state::Handle;

/// Maximum number of bytes that bodies of one address may have in memory while they wait for more.
const BODY_BYTES: usize = 6 << 20;
/// Memory that each of these bodies takes besides its own bytes: the headers of its request and the buffers of its
/// connection (bytes).
const BODY_BUFFERS: usize = 56 << 10;
/// Maximum number of bytes of responses in memory.
const RESPONSE_BYTES: usize = 64 << 20;
/// Size of a response from which it counts (bytes).
const MIN_RESPONSE: usize = 4 << 10;

/// Counts the memory of request bodies that are being received, for each address. Cheap to clone.
#[derive(Clone, Default)]
pub struct BodyMemory(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Handle for BodyMemory {}

/// Memory of one body, counted until it is dropped.
pub struct BodyShare {
    memory: BodyMemory,
    address: IpAddr,
    bytes: usize,
}

impl BodyMemory {
    /// Share of a body from `address`, without bytes yet.
    pub fn share(&self, address: IpAddr) -> BodyShare {
        BodyShare {
            memory: self.clone(),
            address,
            bytes: 0,
        }
    }
}

impl BodyShare {
    /// Counts a body that takes `capacity` bytes and waits for more. Returns `false`, and counts nothing, if the
    /// address has too many.
    #[must_use]
    pub fn cover(&mut self, capacity: usize) -> bool {
        let more = (capacity + BODY_BUFFERS).saturating_sub(self.bytes);
        let mut by_address = self.memory.0.lock();
        let used = by_address.get(&self.address).copied().unwrap_or_default();
        let fits = used + more <= BODY_BYTES;
        if fits {
            by_address.insert(self.address, used + more);
            self.bytes += more;
        }
        fits
    }
}

impl Drop for BodyShare {
    fn drop(&mut self) {
        let mut by_address = self.memory.0.lock();
        if let Some(used) = by_address.get_mut(&self.address) {
            *used -= self.bytes;
            if *used == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

/// Counts the bytes of responses that are being sent. When there are too many, the connections with the oldest ones
/// are closed: their clients do not read. Cheap to clone.
#[derive(Clone, Default)]
pub struct ResponseMemory(Arc<Mutex<Responses>>);

#[derive(Default)]
struct Responses {
    bytes: usize,
    last_number: u64,
    by_number: BTreeMap<u64, UnsentResponse>,
}

/// Response that is being sent.
struct UnsentResponse {
    bytes: usize,
    /// Closes its connection.
    close: Arc<Notify>,
}

/// Memory of one response, counted until it is dropped.
pub struct ResponseShare {
    memory: ResponseMemory,
    number: u64,
}

impl ResponseMemory {
    /// Counts a response of a connection. `close` is notified if it is to be closed. `None` for a small one, which is
    /// not counted.
    pub fn share(&self, bytes: usize, close: &Arc<Notify>) -> Option<Arc<ResponseShare>> {
        if bytes < MIN_RESPONSE {
            return None;
        }
        let mut responses = self.0.lock();
        responses.last_number += 1;
        let number = responses.last_number;
        responses.bytes += bytes;
        let close = close.clone();
        responses
            .by_number
            .insert(number, UnsentResponse { bytes, close });
        while responses.bytes > RESPONSE_BYTES && responses.by_number.len() > 1 {
            if let Some((_, oldest)) = responses.by_number.pop_first() {
                responses.bytes -= oldest.bytes;
                oldest.close.notify_one();
            }
        }
        drop(responses);
        let memory = self.clone();
        Some(Arc::new(ResponseShare { memory, number }))
    }
}

impl Drop for ResponseShare {
    fn drop(&mut self) {
        let mut responses = self.memory.0.lock();
        if let Some(sent) = responses.by_number.remove(&self.number) {
            responses.bytes -= sent.bytes;
        }
    }
}

/// Body whose bytes hold a share until they have been sent.
pub struct CountedBody<B> {
    pub body: B,
    pub share: Arc<ResponseShare>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for CountedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let attach = |bytes| attach(bytes, &self.share);
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(attach))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes that hold a share until they are dropped.
fn attach(bytes: Bytes, share: &Arc<ResponseShare>) -> Bytes {
    Bytes::from_owner(SharedBytes {
        bytes,
        _share: share.clone(),
    })
}

/// Part of a response, with its share of the memory.
struct SharedBytes {
    bytes: Bytes,
    _share: Arc<ResponseShare>,
}

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_one_address_are_bounded_and_released() {
        let memory = BodyMemory::default();
        let [here, there] = [[127, 0, 0, 1], [127, 0, 0, 2]].map(IpAddr::from);
        let mut bodies: Vec<_> = (0..60).map(|_| memory.share(here)).collect();
        let each = 256 << 10;
        for _ in 0..2 {
            let fit = bodies
                .iter_mut()
                .filter_map(|body| body.cover(each).then_some(()));
            assert_eq!(fit.count(), BODY_BYTES / (each + BODY_BUFFERS));
        }
        let used = memory.0.lock()[&here];
        assert!(used <= BODY_BYTES, "{used}");
        assert!(memory.share(there).cover(each), "another address");
        bodies.truncate(10);
        assert!(memory.share(here).cover(each));
        drop(bodies);
        assert!(memory.0.lock().is_empty());
    }

    #[tokio::test]
    async fn the_oldest_responses_make_room_for_new_ones() {
        let (memory, first, others) = (ResponseMemory::default(), Arc::default(), Arc::default());
        let bytes = RESPONSE_BYTES / 8;
        let oldest = memory.share(bytes, &first).expect("it is large");
        let sent = attach(Bytes::from_static(b"page"), &oldest);
        drop(oldest);
        let mut later: Vec<_> = (0..7).map(|_| memory.share(bytes, &others)).collect();
        assert_eq!(memory.0.lock().by_number.len(), 8, "all fit");
        later.push(memory.share(bytes, &others));
        first.notified().await;
        assert_eq!(
            (&sent[..], memory.0.lock().by_number.len()),
            (&b"page"[..], 8)
        );
        drop((sent, later));
        assert_eq!(memory.0.lock().bytes, 0);
        assert!(memory.share(MIN_RESPONSE - 1, &first).is_none());
    }
}
