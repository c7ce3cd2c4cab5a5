//! Writer of the log: each event is one line.

use std::io::{self, Write};

use chatterbox::web::line_ends::in_one_line;

/// Writes each event as one line, whatever its texts contain. It is given a whole event at once.
pub struct LogWriter<W>(pub W);

impl<W: Write> Write for LogWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = in_one_line(text.trim_end_matches('\n'));
        self.0.write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::{fmt, prelude::*, registry};

    use super::*;

    /// A buffer that outlives the writers.
    #[derive(Clone, Default)]
    struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no writer panics").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line_whatever_its_texts_contain() {
        let text = "a\nb\rc\u{B}d\u{C}e\u{85}f\u{2028}g\u{2029}h\0i";
        for is_json in [false, true] {
            let written = Shared::default();
            let output = written.clone();
            let layer = fmt::layer().with_writer(move || LogWriter(output.clone()));
            let log = || tracing::error!(text, error = %text, "failed: {text}");
            match is_json {
                true => tracing::subscriber::with_default(registry().with(layer.json()), log),
                false => {
                    let layer = layer.with_ansi(false);
                    tracing::subscriber::with_default(registry().with(layer), log);
                }
            }
            let written = written.0.lock().expect("no writer panics");
            let line = String::from_utf8_lossy(&written);
            let line = line.strip_suffix('\n').expect("a line feed at the end");
            assert!(!line.chars().any(char::is_control), "{line:?}");
            assert!(!line.contains(['\u{2028}', '\u{2029}']), "{line:?}");
            assert!(line.contains("failed: a"), "{line:?}");
        }
    }
}
