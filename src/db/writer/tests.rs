//! Groups of writes that fail, and those that carry something to the next.

use std::sync::atomic::AtomicUsize;

use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};

use super::*;
use crate::db::Db;

fn insert(tx: &mut Tx, published: &Arc<AtomicUsize>) -> Result<()> {
    sql_query("INSERT INTO pulse (at) VALUES (1)").execute(tx.conn)?;
    let published = published.clone();
    tx.after_commit(move || {
        published.fetch_add(1, Ordering::SeqCst);
    });
    Ok(())
}

/// Blocks the writer until the returned sender is used.
async fn block(
    db: &Db,
) -> (
    impl Future<Output = Result<()>> + use<>,
    std::sync::mpsc::Sender<()>,
) {
    let (begun, is_busy) = oneshot::channel();
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let busy = db.write(move |tx| {
        let _ = (begun.send(()), wait.recv());
        tx.carry(0_u8);
        Ok(())
    });
    is_busy.await.expect("the writer begins");
    (busy, go_on)
}

#[tokio::test]
async fn a_full_disk_fails_the_write_and_its_group_and_the_health_check() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open(home.path(), || {}).expect("an empty folder");
    let limit = |pages: &'static str| {
        db.write(move |tx| {
            let pragma = format!("PRAGMA max_page_count = {pages}");
            Ok(tx.conn.batch_execute(&pragma)?)
        })
    };
    let small = || {
        db.write(|tx| {
            sql_query("UPDATE pulse SET at = 1").execute(tx.conn)?;
            Ok(())
        })
    };
    limit("1")
        .await
        .expect("the limit is that of the present size");
    assert_eq!(db.check().await, Ok(()));
    let big = || {
        db.write(|tx| {
            let fill = "CREATE TABLE fill AS SELECT zeroblob(1000000) AS x";
            Ok(tx.conn.batch_execute(fill)?)
        })
    };
    let (big, other) = (big(), small());
    assert_eq!(big.await, Err(Error::Disk));
    let _ = other.await; // in the same group, it fails as well
    big_fails_then_check(&db).await;
    small().await.expect("it needs no space");
    assert_eq!(db.check().await, Ok(()), "the last write succeeded");
    limit("100000").await.expect("there is space");
    db.close().await;
}

#[tokio::test]
async fn a_value_is_carried_to_the_next_write_of_a_group_alone() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open(home.path(), || {}).expect("an empty folder");
    let (busy, go_on) = block(&db).await; // it carries 0
    let count = || {
        db.write(|tx| {
            let number = tx.carried::<u8>().map_or(1, |before| before + 1);
            tx.carry(number);
            Ok(number)
        })
    };
    let (first, second) = (count(), count());
    let other_type = db.write(|tx| Ok(tx.carried::<u16>()));
    let (third, fourth) = (count(), count());
    let failing = db.write(|tx| -> Result<()> {
        tx.carry(100_u8);
        Err(Error::NotFound)
    });
    let fifth = count();
    go_on.send(()).expect("the writer waits");
    assert_eq!(busy.await, Ok(()), "it was in a group of its own");
    assert_eq!((first.await, second.await), (Ok(1), Ok(2)));
    assert_eq!(other_type.await, Ok(None));
    assert_eq!((third.await, fourth.await), (Ok(1), Ok(2)));
    assert_eq!((failing.await, fifth.await), (Err(Error::NotFound), Ok(1)));
    assert_eq!(count().await, Ok(1), "a new group");
}

#[tokio::test]
async fn a_checked_write_that_fails_after_its_checks_fails_its_group_once() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open(home.path(), || {}).expect("an empty folder");
    let published = Arc::new(AtomicUsize::new(0));
    let group = || async {
        let (busy, go_on) = block(&db).await;
        let [first, second, third, last] = [(); 4].map(|()| published.clone());
        let before = db.write(move |tx| insert(tx, &first));
        let refused = db.write_checked(
            |_| Err::<(), _>(Error::NotFound),
            move |tx, ()| insert(tx, &second),
        );
        let checked = db.write_checked(|_| Ok(7), |_, number| Ok(number));
        let failing = db.write_checked(
            |_| Ok(()),
            move |tx, ()| {
                insert(tx, &third)?;
                panic!("a mistake");
            },
        );
        let after = db.write(move |tx| insert(tx, &last));
        go_on.send(()).expect("the writer waits");
        assert_eq!(busy.await, Ok(()), "it was in a group of its own");
        let refused = refused.await;
        let failed: Result<()> = failing.await;
        (before.await, refused, checked.await, failed, after.await)
    };
    let (before, refused, checked, failed, after) = group().await;
    for answer in [before, refused, checked.map(drop), failed, after] {
        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    }
    assert_eq!(published.load(Ordering::SeqCst), 0);
    let (before, refused, checked, failed, after) = group().await;
    assert_eq!((before, after), (Ok(()), Ok(())), "with savepoints");
    assert_eq!((refused, checked), (Err(Error::NotFound), Ok(7)));
    assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
    assert_eq!(published.load(Ordering::SeqCst), 2);
    let count = "UPDATE pulse SET at = 2";
    let rows = db.write(move |tx| Ok(sql_query(count).execute(tx.conn)?));
    assert_eq!(
        rows.await,
        Ok(3),
        "the first row, and two of the second group"
    );
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn a_check_that_changes_the_database_fails() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open(home.path(), || {}).expect("an empty folder");
    let published = Arc::new(AtomicUsize::new(0));
    let changing = published.clone();
    let write = db.write_checked(move |tx| insert(tx, &changing), |_, ()| Ok(()));
    assert!(matches!(write.await, Err(Error::Unavailable(_))));
    let count = "UPDATE pulse SET at = 2";
    let rows = db.write(move |tx| Ok(sql_query(count).execute(tx.conn)?));
    assert_eq!(rows.await, Ok(1), "the first row alone");
    assert_eq!(published.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_checked_write_that_is_refused_undoes_nothing_of_its_group() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open(home.path(), || {}).expect("an empty folder");
    let published = Arc::new(AtomicUsize::new(0));
    let (busy, go_on) = block(&db).await;
    let [first, last] = [(); 2].map(|()| published.clone());
    let before = db.write_checked(|_| Ok(()), move |tx, ()| insert(tx, &first));
    let refused = db.write_checked(|_| Err::<(), _>(Error::NotFound), |_, ()| Ok(()));
    let after = db.write_checked(|_| Ok(()), move |tx, ()| insert(tx, &last));
    go_on.send(()).expect("the writer waits");
    assert_eq!(busy.await, Ok(()), "it was in a group of its own");
    let answers = (before.await, refused.await, after.await);
    assert_eq!(answers, (Ok(()), Err(Error::NotFound), Ok(())));
    assert_eq!(published.load(Ordering::SeqCst), 2);
}

/// Fills the disk again, and checks that the health check says so.
async fn big_fails_then_check(db: &Db) {
    let fill = "CREATE TABLE fill AS SELECT zeroblob(1000000) AS x";
    let failed = db.write(move |tx| Ok(tx.conn.batch_execute(fill)?)).await;
    assert_eq!(
        (failed, db.check().await),
        (Err(Error::Disk), Err(Error::Disk))
    );
}

#[tokio::test]
async fn a_group_that_sqlite_rolled_back_leaves_nothing_and_fails_every_write() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open(home.path(), || {}).expect("an empty folder");
    let published = Arc::new(AtomicUsize::new(0));
    let (busy, go_on) = block(&db).await;
    let [first, last] = [(); 2].map(|()| published.clone());
    let before = db.write(move |tx| insert(tx, &first));
    let broken = db.write(|tx| -> Result<()> {
        tx.conn.batch_execute("ROLLBACK")?; // as SQLite does when the disk is full
        Err(Error::Internal("a full disk".into()))
    });
    let after = db.write(move |tx| insert(tx, &last));
    go_on.send(()).expect("the writer waits");
    assert_eq!(busy.await, Ok(()), "it was in a group of its own");
    for write in [before.await, broken.await, after.await] {
        assert!(matches!(write, Err(Error::Unavailable(_))), "{write:?}");
    }
    assert_eq!(published.load(Ordering::SeqCst), 0);
    let next = published.clone();
    assert_eq!(db.write(move |tx| insert(tx, &next)).await, Ok(()));
    let count = "UPDATE pulse SET at = 2";
    let rows = db.write(move |tx| Ok(sql_query(count).execute(tx.conn)?));
    assert_eq!(rows.await, Ok(2), "the first row, and the one after");
}
