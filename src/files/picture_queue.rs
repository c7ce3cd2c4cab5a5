//! Turns to reduce pictures: few at the same time, and users take turns, so that the many pictures of one do not delay
//! the picture of another.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::db::ids::UserId;

/// The queue. Cheap to clone.
#[derive(Clone)]
pub(super) struct PictureQueue(Arc<Mutex<QueueState>>);

struct QueueState {
    /// Turns that no one has.
    free: usize,
    /// Users with waiting pictures. The first user is the next one, and then the last one.
    waiting: VecDeque<(UserId, VecDeque<oneshot::Sender<Turn>>)>,
}

/// The right to reduce a picture, until it is dropped.
pub(super) struct Turn(Option<PictureQueue>);

impl PictureQueue {
    /// A queue with this many turns at the same time.
    pub(super) fn new(at_once: usize) -> PictureQueue {
        PictureQueue(Arc::new(Mutex::new(QueueState {
            free: at_once,
            waiting: VecDeque::new(),
        })))
    }

    /// Waits for a turn of a user. How many pictures of a user wait is bounded by their unfinished uploads.
    pub(super) async fn turn(&self, user: UserId) -> Turn {
        let receiver = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Turn(Some(self.clone()));
            }
            let (sender, receiver) = oneshot::channel();
            match state.waiting.iter_mut().find(|(of, _)| *of == user) {
                Some((_, own)) => own.push_back(sender),
                None => state.waiting.push_back((user, [sender].into())),
            }
            receiver
        };
        receiver
            .await
            .expect("a waiting picture stays in the queue until it has a turn")
    }

    /// Passes a turn on to the next user, or keeps it as free.
    fn pass_on(&self) {
        loop {
            let Some(next) = self.next() else {
                return;
            };
            match next.send(Turn(Some(self.clone()))) {
                Ok(()) => return,
                // The upload does not wait any more. Its turn must not be passed on twice.
                Err(mut turn) => turn.0 = None,
            }
        }
    }

    /// The next waiting picture. Without one, the turn becomes free.
    fn next(&self) -> Option<oneshot::Sender<Turn>> {
        let mut state = self.0.lock();
        let next = state.waiting.pop_front();
        let Some((user, mut own)) = next else {
            state.free += 1;
            return None;
        };
        let sender = own.pop_front();
        if !own.is_empty() {
            state.waiting.push_back((user, own));
        }
        sender
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(queue) = self.0.take() {
            queue.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::BoxFuture};

    use super::*;

    /// A turn that waits, with the name of its user.
    fn waiting(queue: &PictureQueue, user: i64) -> (i64, BoxFuture<'static, Turn>) {
        let queue = queue.clone();
        let mut turn = async move { queue.turn(UserId(user)).await }.boxed();
        assert!((&mut turn).now_or_never().is_none(), "it waits");
        (user, turn)
    }

    #[test]
    fn users_take_turns_however_many_pictures_one_of_them_has() {
        let queue = PictureQueue::new(1);
        let first = queue.turn(UserId(1)).now_or_never();
        let mut all: Vec<_> = [1, 1, 1, 1, 2, 3, 2]
            .map(|user| waiting(&queue, user))
            .into();
        drop(first.expect("there is a free turn"));
        let mut order = Vec::new();
        while !all.is_empty() {
            let mut had_turn = Vec::new();
            all.retain_mut(|(user, turn)| match turn.now_or_never() {
                Some(turn) => {
                    had_turn.push((*user, turn));
                    false
                }
                None => true,
            });
            assert_eq!(had_turn.len(), 1, "one at a time");
            order.extend(had_turn.into_iter().map(|(user, _)| user));
        }
        assert_eq!(order, [1, 2, 3, 1, 2, 1, 1]);
        assert!(queue.turn(UserId(9)).now_or_never().is_some());
    }

    #[test]
    fn a_picture_that_waits_no_longer_loses_its_turn_to_the_next() {
        let queue = PictureQueue::new(1);
        let first = queue.turn(UserId(1)).now_or_never();
        let [gone, given, other] = [1, 1, 2].map(|user| waiting(&queue, user).1);
        drop(gone);
        drop(first);
        drop(other);
        drop(given);
        assert!(queue.turn(UserId(3)).now_or_never().is_some());
    }
}
