//! Opens a data folder: lock, checks that touch nothing, migrations, connections.

use std::{
    fs::{self, File, TryLockError},
    io::Read,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use diesel::{
    Connection, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    dsl::sql,
    migration::MigrationSource,
    sql_types::{BigInt, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{accents, permissions};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
/// Name of the database in its folder.
pub const FILE: &str = "chatterbox.db";
const READERS: usize = 3;
/// Interval between two attempts to take the lock of a folder.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);
/// Size in bytes up to which every page is checked at start. Larger files would delay the start.
const FULL_CHECK: u64 = 32 << 20;

/// Connections to an open database, and the lock of its folder.
pub struct Opened {
    pub writer: SqliteConnection,
    pub readers: Vec<SqliteConnection>,
    pub checkpoints: SqliteConnection,
    pub path: PathBuf,
    pub lock: File,
}

/// Lock of a data folder, which only one process has at a time.
pub struct FolderLock(pub(super) File);

/// Opens a folder that no other process uses.
#[cfg(test)]
pub fn open(folder: &Path) -> Result<Opened, String> {
    let lock = lock(folder, Duration::ZERO)?;
    open_locked(folder, lock.expect("no other process uses it"))
}

/// Opens or creates `folder`/chatterbox.db. An error is one sentence for the operator, and leaves an existing
/// database unchanged.
pub fn open_locked(folder: &Path, FolderLock(lock): FolderLock) -> Result<Opened, String> {
    let path = folder.join(FILE);
    match path.exists() {
        true => check(&path)?,
        false => drop(permissions::open_file(&path).map_err(|e| unwritable(folder, &e))?),
    }
    // secure_delete overwrites deleted data, also in pages that the full-text index has freed.
    let mut writer = connect(
        &path,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
         PRAGMA secure_delete = ON;",
    )?;
    writer
        .run_pending_migrations(MIGRATIONS)
        .map_err(|e| format!("The database {} can’t be migrated: {e}.", path.display()))?;
    let readers = (0..READERS)
        .map(|_| reader(&path))
        .collect::<Result<_, _>>()?;
    // The writer waits while a checkpoint waits for readers, so the timeout is short.
    let checkpoints = connect(
        &path,
        "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 100;",
    )?;
    permissions::warn_if_open(folder);
    Ok(Opened {
        writer,
        readers,
        checkpoints,
        path,
        lock,
    })
}

/// Opens a connection that refuses to write. An error is one sentence for the operator.
pub fn reader(path: &Path) -> Result<SqliteConnection, String> {
    connect(path, "PRAGMA query_only = ON;")
}

/// Creates the folder and takes its lock, so that two processes never share a database. `None` if another process still
/// has it after `patience`. An error is one sentence for the operator.
pub fn lock(folder: &Path, patience: Duration) -> Result<Option<FolderLock>, String> {
    permissions::create_folder(folder).map_err(|e| unwritable(folder, &e))?;
    let file = permissions::open_file(&folder.join("chatterbox.lock"));
    let file = file.map_err(|e| unwritable(folder, &e))?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(FolderLock(file))),
            Err(TryLockError::WouldBlock) if started.elapsed() < patience => {
                thread::sleep(LOCK_INTERVAL);
            }
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(e)) => return Err(unwritable(folder, &e)),
        }
    }
}

fn unwritable(folder: &Path, error: &std::io::Error) -> String {
    let name = folder.display();
    format!("The data folder {name} can’t be written: {error}. Choose another with --data.")
}

/// Refuses a file that is not a database, is damaged, or was written by a newer version.
fn check(path: &Path) -> Result<(), String> {
    let name = path.display();
    let damaged =
        |what: &str| format!("The database {name} is damaged ({what}). Put a backup in its place.");
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(16).read_to_end(&mut start))
        .map_err(|e| format!("The database {name} can’t be read: {e}."))?;
    if start.is_empty() {
        return Ok(()); // an earlier start ended before its first write
    }
    if start != b"SQLite format 3\0" {
        return Err(damaged("not an SQLite file"));
    }
    let mut conn = read_only(path).map_err(|e| damaged(&e.to_string()))?;
    if fs::metadata(path).map_or(0, |file| file.len()) <= FULL_CHECK {
        let found = sql::<Text>("PRAGMA quick_check(1)").load::<String>(&mut conn);
        let found = found.map_err(|e| damaged(&e.to_string()))?.concat();
        if found != "ok" {
            return Err(damaged(found.lines().last().unwrap_or("unknown")));
        }
    }
    refuse_foreign(&mut conn, path)?;
    refuse_newer(&mut conn, path)
}

/// Opens a connection that changes neither the file nor its log, not even when it is closed.
fn read_only(path: &Path) -> diesel::ConnectionResult<SqliteConnection> {
    let escaped = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    // A path after an empty authority may begin with any number of slashes (RFC 8089).
    let scheme = match path.is_absolute() {
        true => "file://",
        false => "file:",
    };
    SqliteConnection::establish(&format!("{scheme}{escaped}?mode=ro"))
}

/// Refuses the database of another program. An empty one is left from an interrupted start.
fn refuse_foreign(conn: &mut SqliteConnection, path: &Path) -> Result<(), String> {
    let count = sql::<(BigInt, BigInt)>(
        "SELECT count(*), coalesce(sum(name = '__diesel_schema_migrations'), 0) FROM sqlite_master",
    );
    match count.get_result::<(i64, i64)>(conn) {
        Ok((tables, ours)) if tables == 0 || ours > 0 => Ok(()),
        _ => Err(format!(
            "The file {} isn’t a Chatterbox database. Choose another folder with --data.",
            path.display()
        )),
    }
}

/// Refuses a database with unknown migrations. Diesel's own call would create their table if it is missing.
fn refuse_newer(conn: &mut SqliteConnection, path: &Path) -> Result<(), String> {
    let known = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&MIGRATIONS);
    let known = known.map_err(|e| e.to_string())?;
    let is_known = |version: &String| {
        let mut known = known.iter().map(|known| known.name().version());
        known.any(|known| known.to_string() == *version)
    };
    let applied = sql::<Text>("SELECT version FROM __diesel_schema_migrations");
    let applied: Vec<String> = applied.load(conn).unwrap_or_default();
    match applied.iter().find(|version| !is_known(version)) {
        None => Ok(()),
        Some(version) => Err(format!(
            "The database {} is from a newer Chatterbox (it has change {version}). Start that version, or use another folder.",
            path.display()
        )),
    }
}

fn connect(path: &Path, pragmas: &str) -> Result<SqliteConnection, String> {
    let fail = |e: &dyn std::fmt::Display| {
        format!("The database {} can’t be opened: {e}.", path.display())
    };
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).map_err(|e| fail(&e))?;
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;")
        .and_then(|()| conn.batch_execute(pragmas))
        .and_then(|()| accents::register(&mut conn))
        .map_err(|e| fail(&e))?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_any_name_is_opened_again() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let slashes = format!("/{}/data", home.path().display());
        let odd = home.path().join("a?b#c%20d e");
        for folder in [Path::new(&slashes), &odd] {
            for _ in 0..2 {
                let opened = open(folder);
                assert_eq!(opened.map(|_| ()), Ok(()), "{}", folder.display());
            }
        }
    }

    fn migrate(conn: &mut SqliteConnection) {
        let migrated = conn.run_pending_migrations(MIGRATIONS).map(drop);
        migrated.expect("up.sql works");
    }

    #[test]
    fn migrations_can_be_undone_and_done_again_unless_that_would_open_closed_rooms() {
        let mut conn = SqliteConnection::establish(":memory:").expect("memory is free");
        for _ in 0..2 {
            migrate(&mut conn);
            let reverted = conn.revert_all_migrations(MIGRATIONS).map(drop);
            reverted.expect("down.sql works");
        }
        migrate(&mut conn);
        let closed = "INSERT INTO rooms (name, kind, created_at) VALUES ('secret', 1, 0)";
        conn.batch_execute(closed).expect("a closed room");
        assert!(conn.revert_all_migrations(MIGRATIONS).is_err());
        let delete = conn.batch_execute("DELETE FROM rooms WHERE kind = 1");
        delete.expect("no message refers to it");
        assert!(conn.revert_all_migrations(MIGRATIONS).is_ok());
    }

    #[test]
    fn each_migration_has_a_version_of_its_own() {
        let known = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&MIGRATIONS);
        let known = known.expect("they are embedded");
        let versions = known.iter().map(|known| known.name().version().to_string());
        let mut versions: Vec<String> = versions.collect();
        versions.sort();
        let folders = fs::read_dir("migrations").expect("the folder");
        assert_eq!(versions.len(), folders.count());
        versions.dedup();
        assert_eq!(versions.len(), known.len(), "{versions:?}");
    }

    #[test]
    fn sqlite_is_compiled_as_the_settings_of_cargo_say() {
        let mut conn = SqliteConnection::establish(":memory:").expect("memory is free");
        let options = sql::<Text>("PRAGMA compile_options").load::<String>(&mut conn);
        let options = options.expect("a list");
        for wanted in ["ENABLE_QPSG", "THREADSAFE=2", "DEFAULT_MEMSTATUS=0"] {
            let has = options.iter().any(|option| option == wanted);
            assert!(has, "{wanted}: see .cargo/config.toml");
        }
    }
}
