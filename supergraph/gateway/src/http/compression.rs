//! Answers are compressed as the client prefers (gzip, br, zstd), except small ones, which it would make no smaller, and
//! streams, whose every answer must leave at once.
//!
//! No credential is ever sent along by a browser on its own, so what a page could learn from the size of compressed answers
//! (BREACH) is only what it has asked for with a token of its own.

use platform::config::TransportConfig;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, NotForContentType, Predicate as _, SizeAbove};

pub(super) type Compression = CompressionLayer<And<And<SizeAbove, NotForContentType>, NotForContentType>>;

pub(super) fn layer(config: &TransportConfig) -> Compression {
    let predicate = SizeAbove::new(config.compress_min_bytes).and(NotForContentType::SSE).and(NotForContentType::const_new("multipart/mixed"));
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(predicate)
}
