//! Stage: errors that leak nothing. Every error a client sees passes here, has a code, and holds no internals.

use std::time::Duration;

use hive_router::GraphQLError;
use hive_router::executor::response::graphql_error::{GraphQLErrorPath, GraphQLErrorPathSegment};
use kernel::ErrorKind;
use platform::graphql::RequestId;
use sonic_rs::JsonValueTrait as _;

const INTERNAL: &str = "something went wrong on our side";
const UNAVAILABLE: &str = "this is not available right now, try again later";

/// Codes under which a message is meant for the client.
const TOLD: [ErrorKind; 6] =
    [ErrorKind::Unauthenticated, ErrorKind::Forbidden, ErrorKind::NotFound, ErrorKind::Conflict, ErrorKind::BadUserInput, ErrorKind::RateLimited];
/// Extensions besides the code that a subgraph may tell a client.
const TOLD_EXTENSIONS: [&str; 2] = ["field", RETRY_AFTER];
/// Seconds.
const RETRY_AFTER: &str = "retryAfter";
/// How async-graphql begins its texts about a client's value; it gives them no code.
const BAD_VALUE: [&str; 2] = ["Failed to parse \"", "Invalid value for argument \""];

/// The root field of entity fetches.
pub(crate) const ENTITIES: &str = "_entities";

/// What is wrong with a request as a whole; decides the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No well-formed GraphQL request.
    Malformed,
    /// A well-formed request whose operation or variables cannot be used.
    Operation,
    /// A hash that stands for no operation (yet); clients then send the text.
    UnknownOperation,
    /// The token proves nothing.
    Unauthenticated,
    /// The credential proves something, but not here; or whoever asks may not have it.
    Forbidden,
    /// A mutation by GET.
    MethodNotAllowed,
    /// No media type we can answer with.
    NotAcceptable,
    /// No media type we read.
    UnsupportedMediaType,
    /// The body took too long.
    Timeout,
    /// The body is too large.
    TooLarge,
    /// Nothing is at this address.
    NotFound,
    /// A page of another origin may have sent it without asking.
    CrossSite,
    /// The viewer or address has too much open already.
    TooMany,
    /// Something every request needs does not answer, or there is too much to do.
    Unavailable,
    /// Our fault.
    Internal,
}

/// A request that was not executed.
#[derive(Debug)]
pub(crate) struct RequestError {
    pub(crate) fault: Fault,
    pub(crate) errors: Vec<GraphQLError>,
}

impl RequestError {
    pub(crate) fn new(fault: Fault, code: &str, message: impl Into<String>) -> Self {
        Self { fault, errors: vec![GraphQLError::from_message_and_code(message, code)] }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Fault::Malformed, ErrorKind::BadUserInput.code(), message)
    }

    /// A parameter of the request is not what it `must_be`.
    pub(crate) fn wrong_parameter(name: &str, must_be: &str) -> Self {
        Self::bad_request(format!("`{name}` must be {must_be}")).of_field(name)
    }

    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Fault::Unauthenticated, ErrorKind::Unauthenticated.code(), message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Fault::Forbidden, ErrorKind::Forbidden.code(), message)
    }

    /// A quota is used up; `wait` is how long it takes until the same may succeed, if it ever may.
    pub(crate) fn rate_limited(wait: Option<Duration>) -> Self {
        let code = ErrorKind::RateLimited.code();
        let Some(wait) = wait else { return Self::new(Fault::TooMany, code, "this costs more than your whole quota") };
        let secs = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
        Self::new(Fault::TooMany, code, format!("too many requests, try again in {secs} s")).retry_after(secs)
    }

    pub(crate) fn unavailable() -> Self {
        Self { fault: Fault::Unavailable, errors: vec![fixed_error(ErrorKind::Unavailable)] }
    }

    pub(crate) fn internal() -> Self {
        Self { fault: Fault::Internal, errors: vec![fixed_error(ErrorKind::Internal)] }
    }

    /// Names the field that is wrong.
    pub(crate) fn of_field(mut self, field: &str) -> Self {
        for error in &mut self.errors {
            error.extensions.set("field".to_owned(), field.into());
        }
        self
    }

    /// Tells when to try again, in seconds.
    pub(crate) fn retry_after(mut self, secs: u64) -> Self {
        for error in &mut self.errors {
            error.extensions.set(RETRY_AFTER.to_owned(), secs.into());
        }
        self
    }

    /// When to try again, in seconds, if that is known.
    pub(crate) fn retry_after_secs(&self) -> Option<u64> {
        self.errors.iter().find_map(|error| error.extensions.extensions.get(RETRY_AFTER)?.as_u64())
    }

    /// With the id under which it is logged, where that is all a client is told.
    pub(crate) fn under(mut self, request_id: &RequestId) -> Self {
        for error in self.errors.iter_mut().filter(|error| error.extensions.code.as_deref() == Some(ErrorKind::Internal.code())) {
            tracing::error!(request_id = &*request_id.0, "a request was refused with an internal error");
            name_request(error, request_id);
        }
        self
    }

    /// The error list as JSON, as WebSocket's `error` message carries it.
    pub(crate) fn list(&self) -> String {
        // These are our own texts: they always serialise.
        sonic_rs::to_string(&self.errors).unwrap_or_else(|_| "[]".to_owned())
    }

    /// A response without data.
    pub(crate) fn body(&self) -> Vec<u8> {
        // The status is 200 then, which `application/graphql-response+json` allows only with `data`.
        let data = if self.fault == Fault::UnknownOperation { "\"data\":null," } else { "" };
        format!("{{{data}\"errors\":{}}}", self.list()).into_bytes()
    }
}

/// The error of a kind whose text is fixed.
pub(crate) fn fixed_error(kind: ErrorKind) -> GraphQLError {
    GraphQLError::from_message_and_code(if kind == ErrorKind::Unavailable { UNAVAILABLE } else { INTERNAL }, kind.code())
}

fn name_request(error: &mut GraphQLError, RequestId(id): &RequestId) {
    error.extensions.set("requestId".to_owned(), (**id).into());
}

/// `error` of a subgraph or the engine, as the client may see it. What it does not say goes to the log, under the id the client
/// is told.
pub(crate) fn publish(mut error: GraphQLError, request_id: Option<&RequestId>) -> GraphQLError {
    let path = error.path.take().filter(is_public).or_else(|| affected_path(&error));
    let code = error.extensions.code.as_deref().unwrap_or_default();
    let mut public = if TOLD.iter().any(|kind| kind.code() == code) {
        let mut public = GraphQLError::from_message_and_code(error.message, code);
        for (name, value) in error.extensions.extensions {
            if TOLD_EXTENSIONS.contains(&name.as_str()) {
                public.extensions.set(name, value);
            }
        }
        public
    } else if BAD_VALUE.iter().any(|start| error.message.starts_with(start)) {
        let field = bad_field(&error.message).map(ToOwned::to_owned);
        let mut public = GraphQLError::from_message_and_code(error.message, ErrorKind::BadUserInput.code());
        if let Some(field) = field {
            public.extensions.set("field".to_owned(), field.as_str().into());
        }
        public
    } else if code == ErrorKind::Unavailable.code() {
        fixed_error(ErrorKind::Unavailable)
    } else {
        let id = request_id.map(|id| &*id.0);
        tracing::error!(request_id = id, message = error.message, code, subgraph = error.extensions.service_name, "a subgraph failed in an unforeseen way");
        let mut public = fixed_error(ErrorKind::Internal);
        if let Some(id) = request_id {
            name_request(&mut public, id);
        }
        public
    };
    public.path = path;
    public
}

/// The argument that async-graphql's text names.
fn bad_field(message: &str) -> Option<&str> {
    message.strip_prefix(BAD_VALUE[1])?.split_once('"').map(|(name, _)| name).filter(|name| !name.is_empty())
}

/// Whether the client could find the place in its own operation: subgraphs' entity fetches are none of its business.
fn is_public(path: &GraphQLErrorPath) -> bool {
    match path.segments.first() {
        Some(GraphQLErrorPathSegment::String(first)) => first != ENTITIES,
        Some(GraphQLErrorPathSegment::Index(_)) | None => false,
    }
}

/// The place of a failed fetch, when it is one place: a fetch for the items of a list has many.
fn affected_path(error: &GraphQLError) -> Option<GraphQLErrorPath> {
    let text = error.extensions.affected_path.as_deref().filter(|text| !text.is_empty() && !text.contains('@'))?;
    Some(path_of(text))
}

/// A path from its dotted text.
pub(super) fn path_of(text: &str) -> GraphQLErrorPath {
    GraphQLErrorPath { segments: text.split('.').map(|segment| GraphQLErrorPathSegment::String(segment.to_owned())).collect() }
}
