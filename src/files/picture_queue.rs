//! Fair queue for reducing pictures. Few are processed at once, and users take turns, so that one user's many pictures
//! don't delay another's.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::db::ids::UserId;

/// Fair queue of pictures. Cheap to clone.
#[derive(Clone)]
pub(super) struct PictureQueue(Arc<Mutex<QueueState>>);

struct QueueState {
    /// Permits that are available.
    free: usize,
    /// Users with waiting pictures. The first user is served next and then moves to the end.
    waiting: VecDeque<(UserId, VecDeque<oneshot::Sender<PicturePermit>>)>,
}

/// Permission to process one picture, held until dropped.
pub(super) struct PicturePermit(Option<PictureQueue>);

impl PictureQueue {
    /// Creates a queue with `at_once` permits.
    pub(super) fn new(at_once: usize) -> PictureQueue {
        PictureQueue(Arc::new(Mutex::new(QueueState {
            free: at_once,
            waiting: VecDeque::new(),
        })))
    }

    /// Waits for a permit. The limit on unfinished uploads also limits how many pictures of a user can wait.
    pub(super) async fn acquire(&self, user: UserId) -> PicturePermit {
        let receiver = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return PicturePermit(Some(self.clone()));
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
            .expect("a waiting picture stays in the queue until it has a permit")
    }

    /// Passes a permit on to the next waiting picture, or makes it available.
    fn pass_on(&self) {
        loop {
            let Some(next) = self.next() else {
                return;
            };
            match next.send(PicturePermit(Some(self.clone()))) {
                Ok(()) => return,
                // The upload is no longer waiting. Disarm the permit, so that dropping it doesn't pass it on a second
                // time.
                Err(mut permit) => permit.0 = None,
            }
        }
    }

    /// Removes and returns the next waiting picture. If there is none, the permit becomes available.
    fn next(&self) -> Option<oneshot::Sender<PicturePermit>> {
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

impl Drop for PicturePermit {
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

    /// Returns a permit that is still waited for, with its user.
    fn waiting(queue: &PictureQueue, user: i64) -> (i64, BoxFuture<'static, PicturePermit>) {
        let queue = queue.clone();
        let mut turn = async move { queue.acquire(UserId(user)).await }.boxed();
        assert!((&mut turn).now_or_never().is_none(), "it waits");
        (user, turn)
    }

    #[test]
    fn users_take_turns_however_many_pictures_one_of_them_has() {
        let queue = PictureQueue::new(1);
        let first = queue.acquire(UserId(1)).now_or_never();
        let mut all: Vec<_> = [1, 1, 1, 1, 2, 3, 2]
            .map(|user| waiting(&queue, user))
            .into();
        drop(first.expect("there is a free permit"));
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
        assert!(queue.acquire(UserId(9)).now_or_never().is_some());
    }

    #[test]
    fn a_picture_that_waits_no_longer_loses_its_turn_to_the_next() {
        let queue = PictureQueue::new(1);
        let first = queue.acquire(UserId(1)).now_or_never();
        let [gone, given, other] = [1, 1, 2].map(|user| waiting(&queue, user).1);
        drop(gone);
        drop(first);
        drop(other);
        drop(given);
        assert!(queue.acquire(UserId(3)).now_or_never().is_some());
    }
}
