//! A stand-in for a Qdrant server: the calls that the adapter makes, over HTTP/2 and gRPC with Qdrant's own messages, answered by exact
//! search in memory.
//!
//! It imitates what Qdrant's documentation and its clients say of these calls: `NOT_FOUND` for points of a collection that is not there,
//! `ALREADY_EXISTS` for making one twice, deleting one that is not there succeeds with `false`, a vector of another length is
//! `INVALID_ARGUMENT`, an API key is expected in the header `api-key`, points with vectors of any length are found by cosine. The adapter has
//! not met a real server: none can be installed where this is tested.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response};
use axum::routing::post;
use http_body_util::{BodyExt as _, Full};
use prost::Message;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::{
    CollectionDescription, CollectionExists, CollectionExistsRequest, CollectionExistsResponse, CollectionOperationResponse, CountPoints, CountResponse,
    CountResult, CreateCollection, DeleteCollection, DeletePoints, ListCollectionsResponse, PointsOperationResponse, QueryPoints, QueryResponse, ScoredPoint,
    UpdateResult, UpdateStatus, UpsertPoints, query, vector, vector_input, vectors, vectors_config,
};

const INVALID_ARGUMENT: i32 = 3;
const NOT_FOUND: i32 = 5;
const ALREADY_EXISTS: i32 = 6;
const UNIMPLEMENTED: i32 = 12;
const UNAUTHENTICATED: i32 = 16;

/// What it holds.
#[derive(Default)]
struct Collection {
    dim: u64,
    points: BTreeMap<String, Vec<f32>>,
}

#[derive(Clone)]
struct Held {
    api_key: String,
    collections: Arc<Mutex<BTreeMap<String, Collection>>>,
}

/// A server on a port of its own, which ends with the runtime.
pub(crate) struct FakeQdrant {
    address: SocketAddr,
    held: Held,
}

type Answer = Result<Vec<u8>, (i32, String)>;

impl FakeQdrant {
    pub(crate) async fn start(api_key: &str) -> Self {
        let held = Held { api_key: api_key.to_owned(), collections: Arc::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let app = Router::new().route("/{service}/{method}", post(handle)).with_state(held.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, held }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Somebody drops all collections.
    pub(crate) fn drop_all(&self) {
        self.held.collections.lock().expect("not poisoned").clear();
    }

    pub(crate) fn collections(&self) -> Vec<String> {
        self.held.collections.lock().expect("not poisoned").keys().cloned().collect()
    }
}

async fn handle(State(held): State<Held>, Path((service, method)): Path<(String, String)>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let told = headers.get("api-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    // A byte says whether the message is compressed, four bytes how long it is.
    let answer = match body.get(5..) {
        _ if told != held.api_key => Err((UNAUTHENTICATED, "Invalid API key or JWT".to_owned())),
        Some(message) if body[0] == 0 => held.answer(&format!("{service}/{method}"), message),
        _ => Err((INVALID_ARGUMENT, "an unexpected frame".to_owned())),
    };
    let (message, code, text) = match answer {
        Ok(message) => (Some(message), 0, String::new()),
        Err((code, text)) => (None, code, text),
    };
    let mut status = HeaderMap::new();
    status.insert("grpc-status", HeaderValue::from(code));
    status.insert("grpc-message", HeaderValue::from_str(&text.replace(' ', "%20")).expect("a header"));
    let frame = message.map_or_else(Vec::new, |message| {
        let length = u32::try_from(message.len()).expect("a short message").to_be_bytes();
        [&[0][..], &length, &message].concat()
    });
    let body = Full::new(Bytes::from(frame)).with_trailers(async { Some(Ok(status)) });
    Response::builder().header("content-type", "application/grpc").body(Body::new(body)).expect("a response")
}

fn read<M: Message + Default>(message: &[u8]) -> Result<M, (i32, String)> {
    M::decode(message).map_err(|error| (INVALID_ARGUMENT, error.to_string()))
}

fn done() -> Answer {
    let result = UpdateResult { operation_id: Some(1), status: UpdateStatus::Completed.into() };
    Ok(PointsOperationResponse { result: Some(result), ..PointsOperationResponse::default() }.encode_to_vec())
}

fn missing(name: &str) -> (i32, String) {
    (NOT_FOUND, format!("Not found: Collection `{name}` doesn't exist!"))
}

fn uuid(id: Option<qdrant_client::qdrant::PointId>) -> Result<String, (i32, String)> {
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(id)) => Ok(id),
        _ => Err((INVALID_ARGUMENT, "not a UUID".to_owned())),
    }
}

impl Held {
    fn answer(&self, call: &str, message: &[u8]) -> Answer {
        let mut collections = self.collections.lock().expect("not poisoned");
        match call {
            "qdrant.Collections/List" => {
                let collections = collections.keys().map(|name| CollectionDescription { name: name.clone() }).collect();
                Ok(ListCollectionsResponse { collections, time: 0.0 }.encode_to_vec())
            }
            "qdrant.Collections/CollectionExists" => {
                let CollectionExistsRequest { collection_name } = read(message)?;
                let result = CollectionExists { exists: collections.contains_key(&collection_name) };
                Ok(CollectionExistsResponse { result: Some(result), time: 0.0 }.encode_to_vec())
            }
            "qdrant.Collections/Create" => {
                let CreateCollection { collection_name, vectors_config, .. } = read(message)?;
                let Some(vectors_config::Config::Params(params)) = vectors_config.and_then(|config| config.config) else {
                    return Err((INVALID_ARGUMENT, "no vectors".to_owned()));
                };
                if collections.contains_key(&collection_name) {
                    return Err((ALREADY_EXISTS, format!("Wrong input: Collection `{collection_name}` already exists!")));
                }
                collections.insert(collection_name, Collection { dim: params.size, ..Collection::default() });
                Ok(CollectionOperationResponse { result: true, time: 0.0 }.encode_to_vec())
            }
            "qdrant.Collections/Delete" => {
                let DeleteCollection { collection_name, .. } = read(message)?;
                let result = collections.remove(&collection_name).is_some();
                Ok(CollectionOperationResponse { result, time: 0.0 }.encode_to_vec())
            }
            "qdrant.Points/Upsert" => {
                let UpsertPoints { collection_name, points, .. } = read(message)?;
                let collection = collections.get_mut(&collection_name).ok_or_else(|| missing(&collection_name))?;
                for point in points {
                    let Some(vectors::VectorsOptions::Vector(one)) = point.vectors.and_then(|vectors| vectors.vectors_options) else {
                        return Err((INVALID_ARGUMENT, "one vector a point".to_owned()));
                    };
                    let Some(vector::Vector::Dense(dense)) = one.vector else { return Err((INVALID_ARGUMENT, "a dense vector".to_owned())) };
                    if dense.data.len() as u64 != collection.dim {
                        return Err((
                            INVALID_ARGUMENT,
                            format!("Wrong input: Vector dimension error: expected dim: {}, got {}", collection.dim, dense.data.len()),
                        ));
                    }
                    collection.points.insert(uuid(point.id)?, dense.data);
                }
                done()
            }
            "qdrant.Points/Delete" => {
                let DeletePoints { collection_name, points, .. } = read(message)?;
                let collection = collections.get_mut(&collection_name).ok_or_else(|| missing(&collection_name))?;
                let Some(PointsSelectorOneOf::Points(list)) = points.and_then(|points| points.points_selector_one_of) else {
                    return Err((INVALID_ARGUMENT, "a list of points".to_owned()));
                };
                for id in list.ids {
                    collection.points.remove(&uuid(Some(id))?);
                }
                done()
            }
            "qdrant.Points/Count" => {
                let CountPoints { collection_name, .. } = read(message)?;
                let collection = collections.get(&collection_name).ok_or_else(|| missing(&collection_name))?;
                let result = CountResult { count: collection.points.len() as u64 };
                Ok(CountResponse { result: Some(result), ..CountResponse::default() }.encode_to_vec())
            }
            "qdrant.Points/Query" => {
                let QueryPoints { collection_name, query, limit, .. } = read(message)?;
                let collection = collections.get(&collection_name).ok_or_else(|| missing(&collection_name))?;
                let Some(query::Variant::Nearest(input)) = query.and_then(|query| query.variant) else { return Err((INVALID_ARGUMENT, "nearest".to_owned())) };
                let Some(vector_input::Variant::Dense(wanted)) = input.variant else { return Err((INVALID_ARGUMENT, "a dense vector".to_owned())) };
                let mut result: Vec<_> = collection.points.iter().map(|(id, point)| scored(id, cosine(point, &wanted.data))).collect();
                result.sort_by(|a, b| b.score.total_cmp(&a.score));
                result.truncate(usize::try_from(limit.unwrap_or(10)).expect("a small number"));
                Ok(QueryResponse { result, ..QueryResponse::default() }.encode_to_vec())
            }
            other => Err((UNIMPLEMENTED, other.to_owned())),
        }
    }
}

fn scored(id: &str, score: f32) -> ScoredPoint {
    ScoredPoint { id: Some(id.to_owned().into()), score, ..ScoredPoint::default() }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt().max(f32::MIN_POSITIVE)
}
