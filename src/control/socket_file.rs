//! File of the control socket in the data folder.

use std::{
    fs::{self, File, Permissions},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{fs::PermissionsExt, net},
    },
    path::{Path, PathBuf},
};

use socket2::{Domain, SockAddr, Socket, Type};

/// Name in the data folder.
const NAME: &str = "control.sock";
/// Longest path that every system takes for a socket (bytes).
const MAX_PATH: usize = 100;
/// Commands that may wait to be accepted.
const BACKLOG: i32 = 64;

/// Path of the file.
pub fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Creates the file and listens, in place of a file that a killed server has left. Only a process with the lock of the
/// folder may call it.
pub fn listen(folder: &Path) -> io::Result<net::UnixListener> {
    match fs::remove_file(path(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    let short = ShortPath::of(folder)?;
    socket.bind(&SockAddr::unix(&short.path)?)?;
    // Before it listens, connections are refused: no other user can use the file before its mode is set.
    fs::set_permissions(path(folder), Permissions::from_mode(0o600))?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(OwnedFd::from(socket).into())
}

/// Connects to the server that listens.
pub fn connect(folder: &Path) -> io::Result<net::UnixStream> {
    net::UnixStream::connect(ShortPath::of(folder)?.path)
}

/// Path that is short enough for the address of a socket (108 bytes on Linux).
struct ShortPath {
    path: PathBuf,
    /// Folder to which the path refers.
    _folder: Option<File>,
}

impl ShortPath {
    /// The path itself, or one through the open folder, which needs `/proc`.
    fn of(folder: &Path) -> io::Result<ShortPath> {
        let path = path(folder);
        if path.as_os_str().len() <= MAX_PATH {
            let _folder = None;
            return Ok(ShortPath { path, _folder });
        }
        let folder = File::open(folder)?;
        Ok(ShortPath {
            path: format!("/proc/self/fd/{}/{NAME}", folder.as_raw_fd()).into(),
            _folder: Some(folder),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_works_in_a_folder_with_a_long_path_and_replaces_a_stale_file() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("x".repeat(120));
        fs::create_dir(&folder).expect("a new folder");
        for _ in 0..2 {
            let listener = listen(&folder).expect("a socket");
            assert!(connect(&folder).is_ok());
            let mode = fs::metadata(path(&folder)).expect("a file").permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
            drop(listener);
            assert!(connect(&folder).is_err());
        }
    }
}
