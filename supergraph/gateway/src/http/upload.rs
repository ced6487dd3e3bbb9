//! Files in a request: the GraphQL multipart request specification. `operations` comes first, then `map`, then the files it names.
//!
//! A form can be sent by a page of any origin without the browser asking us, so a header is wanted that no form can have. Files
//! are small: they become values of their variables, in memory, and their number and sizes are bounded.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use multer::{Constraints, Field, Multipart, SizeLimit};
use platform::config::TransportConfig;
use platform::upload::Upload;
use serde_json::Value;

use crate::pipeline::{Fault, OperationRequest, RequestError};

/// Whether the body is a form with files.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

/// The operation of a form, its files put into its variables.
pub(crate) async fn read(headers: &HeaderMap, body: Body, max_operations: usize, config: &TransportConfig) -> Result<OperationRequest, RequestError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|_| malformed("the content type has no boundary"))?;
    let most = (config.max_upload_bytes.saturating_mul(config.max_uploads) + 2 * max_operations) as u64;
    let limits = SizeLimit::new().whole_stream(most).for_field("operations", max_operations as u64).for_field("map", max_operations as u64);
    let limits = Constraints::new().size_limit(limits.per_field(config.max_upload_bytes as u64));
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, limits);

    let mut operations: Value = json(&mut form, "operations").await?;
    let map: HashMap<String, Vec<String>> = json(&mut form, "map").await?;
    let places: usize = map.values().map(Vec::len).sum();
    if map.len() > config.max_uploads || places > config.max_uploads {
        return Err(RequestError::new(Fault::TooLarge, "BAD_USER_INPUT", format!("a request may have at most {} files", config.max_uploads)));
    }
    let mut missing = map;
    while let Some(field) = form.next_field().await.map_err(|error| refuse(&error, config))? {
        let paths = field.name().and_then(|name| missing.remove(name)).ok_or_else(|| malformed("`map` does not name a file that came, or names it twice"))?;
        let upload = file(field, config).await?.to_json();
        for path in paths {
            *place(&mut operations, &path).ok_or_else(|| malformed("`map` leads to no null in the variables of `operations`"))? = upload.clone();
        }
    }
    if !missing.is_empty() {
        return Err(malformed("`map` names a file that did not come"));
    }
    let json = serde_json::to_vec(&operations).map_err(|_| malformed("`operations` cannot be used"))?;
    OperationRequest::from_json(&json)
}

/// The next field, which must be of this name and hold JSON.
async fn json<T: serde::de::DeserializeOwned>(form: &mut Multipart<'_>, name: &str) -> Result<T, RequestError> {
    let wanted = || malformed(format!("`{name}` must be JSON, and come before the files"));
    let field = form.next_field().await.map_err(|_| wanted())?.filter(|field| field.name() == Some(name)).ok_or_else(wanted)?;
    let text = field.bytes().await.map_err(|error| match error {
        multer::Error::FieldSizeExceeded { limit, .. } => {
            RequestError::new(Fault::TooLarge, "BAD_USER_INPUT", format!("`{name}` must have at most {limit} bytes"))
        }
        _ => wanted(),
    })?;
    serde_json::from_slice(&text).map_err(|_| wanted())
}

async fn file(field: Field<'_>, config: &TransportConfig) -> Result<Upload, RequestError> {
    let file_name = field.file_name().unwrap_or_default().to_owned();
    let media_type = field.content_type().map(ToString::to_string).unwrap_or_default();
    let bytes = field.bytes().await.map_err(|error| refuse(&error, config))?;
    Ok(Upload { file_name, media_type, bytes })
}

/// Where a path like `variables.input.file` leads: to a null that stands for the file.
fn place<'v>(operations: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    let mut segments = path.split('.');
    if segments.next() != Some("variables") {
        return None;
    }
    let mut value = operations.get_mut("variables")?;
    for segment in segments {
        value = match value {
            Value::Object(fields) => fields.get_mut(segment)?,
            Value::Array(items) => items.get_mut(segment.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    value.is_null().then_some(value)
}

fn refuse(error: &multer::Error, config: &TransportConfig) -> RequestError {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            let max = config.max_upload_bytes;
            RequestError::new(Fault::TooLarge, "BAD_USER_INPUT", format!("a file must have at most {max} bytes; larger ones have addresses of their own"))
        }
        _ => malformed("the form breaks off, or is none"),
    }
}

fn malformed(message: impl Into<String>) -> RequestError {
    RequestError::bad_request(message)
}
