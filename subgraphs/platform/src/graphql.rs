//! What every subgraph's resolvers share: the viewer of a request, errors with their code, typed ids, connections.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{Context, Error, ErrorExtensions as _, ID, MaybeUndefined, OutputType};
use kernel::viewer::AccessError;
use kernel::{Cursor, Edit, Entity, ErrorKind, Id, InvalidField, Page, PageRequest, PortError, Viewer};

/// The id under which one client request is logged everywhere; also in the answer's `x-request-id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub std::sync::Arc<str>);

/// Where a request comes from. The gateway says so; without one, nobody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The id it is logged under.
    pub request_id: Option<RequestId>,
    /// The client's address.
    pub address: Option<std::net::IpAddr>,
    /// The program, as it calls itself in `User-Agent`: never a proof of anything.
    pub user_agent: Option<std::sync::Arc<str>>,
}

/// Where the request comes from.
pub fn origin(context: &Context<'_>) -> Origin {
    context.data_opt::<Origin>().cloned().unwrap_or_default()
}

/// Who the request is for; anonymous when the caller said nothing.
pub fn viewer<'ctx>(context: &Context<'ctx>) -> &'ctx Viewer {
    const ANONYMOUS: &Viewer = &Viewer::Anonymous;
    context.data_opt::<Viewer>().unwrap_or(ANONYMOUS)
}

/// What a use case's error tells the world. Each use case's enum implements it once, in its context's `graphql/error.rs`.
pub trait PublicError: std::error::Error {
    /// What the client can do about it.
    fn kind(&self) -> ErrorKind;

    /// The field of the input that is wrong, when one is.
    fn field(&self) -> Option<&str> {
        None
    }

    /// A sentence for the client. Only asked for kinds other than `Internal` and `Unavailable`, whose text is fixed.
    fn message(&self) -> String {
        self.to_string()
    }
}

impl PublicError for InvalidField {
    fn kind(&self) -> ErrorKind {
        ErrorKind::BadUserInput
    }

    fn field(&self) -> Option<&str> {
        Some(self.field)
    }
}

impl PublicError for AccessError {
    fn kind(&self) -> ErrorKind {
        (*self).kind()
    }
}

impl PublicError for PortError {
    fn kind(&self) -> ErrorKind {
        self.kind()
    }
}

/// The GraphQL error of a use case's error: `extensions.code`, `extensions.field` where there is one, and a text that holds
/// no internals. The whole chain of causes goes to the log.
pub fn graphql_error(error: &dyn PublicError) -> Error {
    let kind = error.kind();
    let message = match kind {
        ErrorKind::Internal => {
            tracing::error!(error = %chain(error), "a resolver failed");
            "something went wrong on our side".to_owned()
        }
        ErrorKind::Unavailable => {
            tracing::warn!(error = %chain(error), "a resolver's dependency is unavailable");
            "this is not available right now, try again later".to_owned()
        }
        _ => error.message(),
    };
    Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", kind.code());
        if let Some(field) = error.field() {
            extensions.set("field", field);
        }
    })
}

fn chain(error: &dyn PublicError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// The kind of a port's failure that the use case did not expect: what is missing or in conflict there is none of the client's
/// business.
pub const fn unexpected(error: &PortError) -> ErrorKind {
    match error {
        PortError::Unavailable(_) => ErrorKind::Unavailable,
        PortError::NotFound | PortError::Conflict { .. } | PortError::Corrupt(_) => ErrorKind::Internal,
    }
}

/// An input's optional field as a change: left out keeps, null clears.
pub fn edit<T>(value: MaybeUndefined<T>) -> Edit<T> {
    match value {
        MaybeUndefined::Undefined => Edit::Keep,
        MaybeUndefined::Null => Edit::Clear,
        MaybeUndefined::Value(value) => Edit::Set(value),
    }
}

/// A client's id as the id of an `E`, or BAD_USER_INPUT naming the argument.
pub fn parse_id<E: Entity>(field: &'static str, id: &ID) -> Result<Id<E>, Error> {
    Id::parse(field, id).map_err(|error| graphql_error(&error))
}

/// The validated page arguments of a Relay connection, or BAD_USER_INPUT naming the argument.
pub fn page_request(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> Result<PageRequest, Error> {
    PageRequest::from_arguments(first, after, last, before).map_err(|error| graphql_error(&error))
}

/// A page as a Relay connection; `cursor` gives each item's place.
pub fn connection<T: OutputType>(page: Page<T>, cursor: impl Fn(&T) -> Cursor) -> Connection<String, T, EmptyFields, EmptyFields> {
    let mut connection = Connection::new(page.has_previous, page.has_next);
    connection.edges.extend(page.items.into_iter().map(|item| Edge::new(cursor(&item).as_str().to_owned(), item)));
    connection
}
