//! The writing half of a connection: a short queue, and a way past it for the close frame.

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::SinkExt as _;
use futures::stream::SplitSink;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::protocol::Close;
use crate::metrics::SLOW_READERS;
use crate::options::{OUTGOING, SLOW_READER};

/// How long the close frame may take to leave, and its answer to come, before the connection is dropped.
pub(super) const CLOSING: Duration = Duration::from_secs(2);

/// Writes messages to one client; cheap to clone.
#[derive(Clone)]
pub(super) struct Writer {
    /// Boxed: tokio reserves room for 32 items, and most queues are empty most of the time.
    queue: mpsc::Sender<Box<Message>>,
    close: Closing,
}

#[derive(Clone, Default)]
struct Closing {
    reason: Arc<OnceLock<Close>>,
    asked: CancellationToken,
}

/// The client is gone or about to be; there is no use in working for it.
pub(super) struct Gone;

impl Writer {
    /// Writes to `sink` on a task of its own, which ends with the connection.
    pub(super) fn new(sink: SplitSink<WebSocket, Message>) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, queued) = mpsc::channel(OUTGOING);
        let close = Closing::default();
        let writing = tokio::spawn(write(sink, queued, close.clone()));
        (Self { queue, close }, writing)
    }

    /// Queues a message. Waits while the queue is full, but not for long: then the reader is told and dropped.
    pub(super) async fn send(&self, message: Message) -> Result<(), Gone> {
        match self.queue.send_timeout(Box::new(message), SLOW_READER).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
                metrics::counter!(SLOW_READERS).increment(1);
                self.close(Close::TOO_SLOW);
                Err(Gone)
            }
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(Gone),
        }
    }

    pub(super) async fn text(&self, text: String) -> Result<(), Gone> {
        self.send(Message::Text(text.into())).await
    }

    /// Closes the connection, ahead of whatever is queued. The first reason counts.
    pub(super) fn close(&self, close: Close) {
        let _ = self.close.reason.set(close);
        self.close.asked.cancel();
    }

    /// Resolves once the connection is closed from this side.
    pub(super) async fn closed(&self) {
        tokio::select! {
            () = self.close.asked.cancelled() => {}
            () = self.queue.closed() => {}
        }
    }
}

async fn write(mut sink: SplitSink<WebSocket, Message>, mut queued: mpsc::Receiver<Box<Message>>, close: Closing) {
    let writing = async {
        while let Some(message) = queued.recv().await {
            if sink.send(*message).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        biased;
        () = close.asked.cancelled() => {}
        () = writing => {}
    }
    let frame = close.reason.get().map(|close| CloseFrame { code: close.code, reason: close.reason.into() });
    let _ = tokio::time::timeout(CLOSING, sink.send(Message::Close(frame))).await;
}
