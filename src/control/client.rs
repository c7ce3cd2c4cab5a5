//! `chatterbox admin`: performs a command, in the running server or without it.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    thread,
    time::{Duration, Instant},
};

use super::{
    messages::{
        AccountLine, ControlAnswer, ControlRequest, Greeting, LISTED, MAX_ANSWER, MAX_REQUEST,
    },
    output,
    perform::Control,
    socket_file,
};
use crate::{
    app::App,
    config::{AdminCommand, AdminLine, Config},
    db::{self, FolderLock},
};

/// Time to find the lock free or a server that answers. Other commands may have the lock, one after the other.
const PATIENCE: Duration = Duration::from_secs(30);
/// Interval between two attempts.
const INTERVAL: Duration = Duration::from_millis(50);
/// Time for an answer. Hashing a password may wait for others.
const ANSWER: Duration = Duration::from_secs(60);
/// Longest password on the standard input (bytes).
const MAX_PASSWORD: u64 = 1024;

/// Performs a command and returns its output. An error is what to print on stderr.
pub fn run(config: Config, line: &AdminLine) -> Result<String, String> {
    let answer = answer(config, &line.command);
    match answer {
        Ok(ControlAnswer::Refused(why)) | Err(why) => Err(output::refused(&why, line.json)),
        Ok(answer) if line.json => Ok(output::json(&line.command, &answer)),
        Ok(answer) => Ok(output::text(&line.command, &answer)),
    }
}

fn answer(config: Config, command: &AdminCommand) -> Result<ControlAnswer, String> {
    let makes_folder = matches!(
        command,
        AdminCommand::Create { .. } | AdminCommand::Set { .. }
    );
    if !makes_folder && !config.data.join(db::FILE).exists() {
        let folder = config.data.display();
        let advice = "Choose another with --data.";
        return Err(format!(
            "There is no Chatterbox in the folder {folder}. {advice}"
        ));
    }
    let request = request(command)?;
    let mut performer = Performer::find(config)?;
    let answer = performer.perform(request);
    performer.close();
    answer
}

fn request(command: &AdminCommand) -> Result<ControlRequest, String> {
    Ok(match command.clone() {
        AdminCommand::Create {
            name,
            role,
            password_stdin,
        } => ControlRequest::Create {
            name,
            role,
            password: password_stdin.then(read_password).transpose()?,
        },
        AdminCommand::List => ControlRequest::List { skip: 0 },
        AdminCommand::Promote { name, role } => ControlRequest::Promote { name, role },
        AdminCommand::Demote { name } => ControlRequest::Demote { name },
        AdminCommand::Suspend { name, days, reason } => {
            ControlRequest::Suspend { name, days, reason }
        }
        AdminCommand::Reinstate { name } => ControlRequest::Reinstate { name },
        AdminCommand::Remove {
            name,
            erase_messages,
        } => ControlRequest::Remove {
            name,
            erase_messages,
        },
        AdminCommand::ResetPassword { name } => ControlRequest::ResetPassword { name },
        AdminCommand::Set { key, value } => ControlRequest::Set { key, value },
        AdminCommand::Get { key } => ControlRequest::Get { key },
    })
}

/// Reads the first line of the standard input.
fn read_password() -> Result<String, String> {
    let mut line = String::new();
    let read = io::stdin().lock().take(MAX_PASSWORD).read_line(&mut line);
    read.map_err(|error| format!("The password can’t be read: {error}."))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Performs commands: the running server, or this process.
enum Performer {
    Server(Option<BufReader<UnixStream>>, Box<Config>),
    Folder(tokio::runtime::Runtime, Box<Control>),
}

impl Performer {
    /// Takes the lock of the data folder, or else connects to the server that has it.
    fn find(config: Config) -> Result<Performer, String> {
        let started = Instant::now();
        loop {
            if let Some(lock) = db::lock(&config.data, Duration::ZERO)? {
                return Performer::open(config, lock);
            }
            match greeted(&config) {
                Ok(stream) => return Ok(Performer::Server(Some(stream), Box::new(config))),
                // The server starts or stops, or another command has the lock.
                Err(_) if started.elapsed() < PATIENCE => thread::sleep(INTERVAL),
                Err(error) => {
                    let file = socket_file::path(&config.data);
                    let file = file.display();
                    return Err(format!(
                        "A server uses the data folder, but doesn’t answer at {file}: {error}."
                    ));
                }
            }
        }
    }

    fn open(config: Config, lock: FolderLock) -> Result<Performer, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let control = {
            let _entered = runtime.enter();
            Control::alone(App::open_locked(config, lock)?)
        };
        Ok(Performer::Folder(runtime, Box::new(control)))
    }

    /// Performs a command. A list is read to its end.
    fn perform(&mut self, request: ControlRequest) -> Result<ControlAnswer, String> {
        let ControlRequest::List { .. } = request else {
            return self.perform_one(&request);
        };
        let mut all: Vec<AccountLine> = Vec::new();
        loop {
            let skip = all.len() as i64;
            match self.perform_one(&ControlRequest::List { skip })? {
                ControlAnswer::Accounts { accounts, more } => {
                    let is_last = !more || accounts.len() < LISTED as usize;
                    all.extend(accounts);
                    if is_last {
                        let more = false;
                        return Ok(ControlAnswer::Accounts {
                            accounts: all,
                            more,
                        });
                    }
                }
                other => return Ok(other),
            }
        }
    }

    fn perform_one(&mut self, request: &ControlRequest) -> Result<ControlAnswer, String> {
        match self {
            Performer::Folder(runtime, control) => {
                Ok(runtime.block_on(control.perform(request.clone())))
            }
            Performer::Server(stream, config) => {
                let failed = |error: io::Error| {
                    format!("The server did not answer: {error}. It may have made the change.")
                };
                let mut stream = match stream.take() {
                    Some(stream) => stream,
                    None => greeted(config).map_err(failed)?,
                };
                ask(&mut stream, request).map_err(failed)
            }
        }
    }

    fn close(self) {
        if let Performer::Folder(runtime, control) = self {
            runtime.block_on(control.app.db.close());
        }
    }
}

/// Connects and waits for the greeting. A failure means that the server has not performed anything.
fn greeted(config: &Config) -> io::Result<BufReader<UnixStream>> {
    let stream = socket_file::connect(&config.data)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    let mut stream = BufReader::new(stream);
    receive::<Greeting>(&mut stream)?;
    Ok(stream)
}

fn ask(stream: &mut BufReader<UnixStream>, request: &ControlRequest) -> io::Result<ControlAnswer> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    if line.len() as u64 > MAX_REQUEST {
        return Ok(ControlAnswer::Refused("That text is too long.".into()));
    }
    stream.get_mut().write_all(&line)?;
    receive(stream)
}

fn receive<T: serde::de::DeserializeOwned>(stream: &mut BufReader<UnixStream>) -> io::Result<T> {
    let mut line = Vec::new();
    stream.take(MAX_ANSWER).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&line)?)
}
