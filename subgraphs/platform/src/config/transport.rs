//! How bytes come in and go out: the listener of every service, and the gateway's transports.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The listener of every service. Both limits keep a peer that does nothing from holding a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// How long a connection may take to bring the head of its next request, in milliseconds; idle ones are closed then too.
    pub header_timeout_ms: u64,
    /// How long a peer may leave what it is sent unread before its connection is cut, in milliseconds.
    pub write_timeout_ms: u64,
}

impl HttpConfig {
    /// How long a connection may take to bring the head of its next request.
    pub const fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms)
    }

    /// How long a peer may leave what it is sent unread.
    pub const fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }
}

/// The gateway's transports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransportConfig {
    /// How long the body of a request may take to arrive, in milliseconds.
    pub body_timeout_ms: u64,
    /// The smallest answer that is compressed, in bytes.
    pub compress_min_bytes: u16,
    /// Files a request may bring (GraphQL multipart request specification).
    pub max_uploads: usize,
    /// The largest of them, in bytes; they are held in memory.
    pub max_upload_bytes: usize,
    /// How long a WebSocket may be open without `connection_init`, in milliseconds.
    pub init_timeout_ms: u64,
    /// How often a streamed answer says that it is still there, in milliseconds.
    pub heartbeat_ms: u64,
}

impl TransportConfig {
    /// How long the body of a request may take to arrive.
    pub const fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }

    /// How long a WebSocket may be open without `connection_init`.
    pub const fn init_timeout(&self) -> Duration {
        Duration::from_millis(self.init_timeout_ms)
    }

    /// How often a streamed answer says that it is still there.
    pub const fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }
}
