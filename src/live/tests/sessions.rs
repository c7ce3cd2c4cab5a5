//! Connections of a session that ends.

use super::*;

#[tokio::test]
async fn a_session_that_ends_closes_its_connection_before_anything_else() {
    let room = TestRoom::empty();
    let mut peer = room.join().await;
    let (registry, now) = (room.live.registry(), crate::db::time::now());
    registry.extend_session(UserId(1), SessionId(1), now + 1_000_000);
    room.publish(1);
    assert_eq!(revs_until(&mut peer, 1).await, [1]);
    registry.extend_session(UserId(1), SessionId(1), now);
    room.publish(1);
    ends_with_its_session(&mut peer).await;
}

#[tokio::test]
async fn a_text_after_the_end_of_a_session_is_not_taken() {
    let room = TestRoom::empty();
    let mut peer = room.join().await;
    let (registry, now) = (room.live.registry(), crate::db::time::now());
    registry.extend_session(UserId(1), SessionId(1), now);
    let sent = peer.write_all(b"\x81\x82\0\0\0\0hi");
    sent.await.expect("the server reads");
    ends_with_its_session(&mut peer).await;
    assert_eq!(room.stored.texts.load(Ordering::SeqCst), 0);
}
