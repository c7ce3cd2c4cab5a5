//! The stream under a WebSocket: a TCP stream that the publisher may write to as well, or any other.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// What carries bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection's stream.
pub enum Transport {
    /// Plain TCP; [`super::subscriber::Subscriber`] says who writes.
    Shared(Arc<TcpStream>),
    /// Anything else, TLS for one: only the connection's task writes.
    Own(Box<dyn Stream>),
}

impl Transport {
    /// Reads what is there. On a shared stream this takes the place of the waker that HTTP left behind,
    /// which would keep its finished task in memory.
    pub fn poll_read(&mut self, cx: &mut Context, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Transport::Shared(stream) => loop {
                ready!(stream.poll_read_ready(cx))?;
                match stream.try_read(buf) {
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return Poll::Ready(outcome),
                }
            },
            Transport::Own(stream) => {
                let mut buf = ReadBuf::new(buf);
                ready!(Pin::new(stream).poll_read(cx, &mut buf))?;
                Poll::Ready(Ok(buf.filled().len()))
            }
        }
    }

    /// Writes as much as goes.
    pub fn poll_write(&mut self, cx: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Transport::Shared(stream) => loop {
                ready!(stream.poll_write_ready(cx))?;
                match stream.try_write(bytes) {
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return Poll::Ready(outcome),
                }
            },
            Transport::Own(stream) => {
                let count = ready!(Pin::new(&mut *stream).poll_write(cx, bytes))?;
                Poll::Ready(Ok(count))
            }
        }
    }

    /// Hands what was written to the peer, where the stream keeps something back.
    pub fn poll_flush(&mut self, cx: &mut Context) -> Poll<io::Result<()>> {
        match self {
            Transport::Shared(_) => Poll::Ready(Ok(())),
            Transport::Own(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    /// Says that nothing more will be written.
    pub fn poll_shutdown(&mut self, cx: &mut Context) -> Poll<io::Result<()>> {
        match self {
            Transport::Shared(stream) => {
                let socket = socket2::SockRef::from(&**stream);
                Poll::Ready(socket.shutdown(std::net::Shutdown::Write))
            }
            Transport::Own(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
