//! Baselines: other designs under the same load. They send each message to every client and store nothing.

use std::{fs, path::Path};

use crate::{broadcast_baseline, epoll_baseline, sequence_tag::SequenceTag};

/// epoll server with one write per message and client.
pub const EPOLL: &str = "epoll, write per message";
/// epoll server with one write per group of messages and client.
pub const EPOLL_GROUPED: &str = "epoll, write per group";
/// poem's WebSocket with one task per connection and a broadcast channel.
pub const BROADCAST: &str = "broadcast channel";
pub const ALL: [&str; 3] = [EPOLL, EPOLL_GROUPED, BROADCAST];

/// Payload of a Chatterbox message, used for every message of a baseline.
#[derive(Clone)]
pub struct SampleFrame {
    payload: Vec<u8>,
    tag: SequenceTag,
}

impl SampleFrame {
    fn read(path: &Path) -> SampleFrame {
        let payload = fs::read(path).expect("the sample frame");
        let tag = SequenceTag::locate(&payload, 0).expect("the sample is message 0");
        SampleFrame { payload, tag }
    }

    /// Payload of the message with this number.
    pub fn with_number(&self, number: u64) -> Vec<u8> {
        let mut payload = self.payload.clone();
        self.tag.set_number(&mut payload, number);
        payload
    }
}

/// Runs a baseline until the process is killed.
pub fn run(name: &str, sample_frame: &Path) {
    let sample = SampleFrame::read(sample_frame);
    match name {
        BROADCAST => broadcast_baseline::run(sample),
        _ => epoll_baseline::run(&sample, name == EPOLL_GROUPED),
    }
}
