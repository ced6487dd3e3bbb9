//! The scalar `Upload`: a small file inside an operation.
//!
//! Clients send it by the GraphQL multipart request specification, and only the gateway speaks that: from there on it is a
//! value like any other, so it gets to subgraphs in this process and in others by the way of all variables.

use async_graphql::{InputValueError, InputValueResult, Name, Scalar, ScalarType, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A small file in an operation. Send it by the GraphQL multipart request specification
/// (https://github.com/jaydenseric/graphql-multipart-request-spec), with the header `apollo-require-preflight: true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The name it has at home; not checked.
    pub file_name: String,
    /// What it claims to be; not checked.
    pub media_type: String,
    /// What it holds.
    pub bytes: Bytes,
}

/// An upload as the value of a variable.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    file_name: String,
    media_type: String,
    base64: String,
}

impl Upload {
    /// The value of a variable that carries it.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "fileName": self.file_name, "mediaType": self.media_type, "base64": STANDARD.encode(&self.bytes) })
    }
}

/// A small file in an operation. Send it by the GraphQL multipart request specification
/// (https://github.com/jaydenseric/graphql-multipart-request-spec), with the header `apollo-require-preflight: true`.
#[Scalar(name = "Upload")]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        let written: Written = async_graphql::from_value(value).map_err(|_| InputValueError::custom("an Upload is a file of a multipart request"))?;
        let bytes = STANDARD.decode(written.base64).map_err(|_| InputValueError::custom("an Upload is a file of a multipart request"))?;
        Ok(Self { file_name: written.file_name, media_type: written.media_type, bytes: bytes.into() })
    }

    fn to_value(&self) -> Value {
        Value::Object(
            [("fileName", self.file_name.clone()), ("mediaType", self.media_type.clone()), ("base64", STANDARD.encode(&self.bytes))]
                .into_iter()
                .map(|(name, text)| (Name::new(name), Value::String(text)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_survives_the_way_through_a_variable() {
        let upload = Upload { file_name: "a.png".into(), media_type: "image/png".into(), bytes: Bytes::from_static(&[0, 255, 10]) };
        assert_eq!(Upload::parse(async_graphql::Value::from_json(upload.to_json()).unwrap()).unwrap(), upload);
        assert_eq!(Upload::parse(upload.to_value()).unwrap(), upload);
        for wrong in [Value::Null, Value::String("a".into())] {
            assert!(Upload::parse(wrong).is_err());
        }
    }
}
