//! Stream under a WebSocket: a TCP stream that the publisher can write to as well, or any other.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Bidirectional stream of bytes.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// Stream of a connection.
pub enum Transport {
    /// Plain TCP; [`super::subscriber::Subscriber`] decides who writes.
    Shared(Arc<TcpStream>),
    /// Any other stream, TLS for example: only the connection's task writes.
    Owned(Box<dyn ByteStream>),
}

impl Transport {
    /// Reads what has arrived. On a shared stream this replaces the waker that HTTP left behind, which would keep its
    /// finished task in memory.
    pub fn poll_read(&mut self, cx: &mut Context, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Transport::Shared(stream) => loop {
                ready!(stream.poll_read_ready(cx))?;
                match stream.try_read(buf) {
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return Poll::Ready(outcome),
                }
            },
            Transport::Owned(stream) => {
                let mut buf = ReadBuf::new(buf);
                ready!(Pin::new(stream).poll_read(cx, &mut buf))?;
                Poll::Ready(Ok(buf.filled().len()))
            }
        }
    }

    /// Writes as many bytes as the stream takes, from these buffers in turn.
    pub fn poll_write(&mut self, cx: &mut Context, buffers: &[IoSlice]) -> Poll<io::Result<usize>> {
        match self {
            Transport::Shared(stream) => loop {
                ready!(stream.poll_write_ready(cx))?;
                match stream.try_write_vectored(buffers) {
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return Poll::Ready(outcome),
                }
            },
            Transport::Owned(stream) => Pin::new(&mut *stream).poll_write_vectored(cx, buffers),
        }
    }

    /// Flushes a stream that buffers; TCP does not.
    pub fn poll_flush(&mut self, cx: &mut Context) -> Poll<io::Result<()>> {
        match self {
            Transport::Shared(_) => Poll::Ready(Ok(())),
            Transport::Owned(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    /// Closes the writing side.
    pub fn poll_shutdown(&mut self, cx: &mut Context) -> Poll<io::Result<()>> {
        match self {
            Transport::Shared(stream) => {
                let socket = socket2::SockRef::from(&**stream);
                Poll::Ready(socket.shutdown(std::net::Shutdown::Write))
            }
            Transport::Owned(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
