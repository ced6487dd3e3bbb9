//! Follows a track's processing as it happens: the live operation `trackProcessing` over graphql-transport-ws.

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use url::Url;

const OPERATION: &str = "subscription ImportFollow($id: ID!) { trackProcessing(trackId: $id) { percent } }";

/// Why there is no live operation, for the log alone: the importer can also ask again and again.
type LiveError = Box<dyn std::error::Error + Send + Sync>;

/// Tells `heard` each new percentage until the endpoint says that the processing has ended.
pub(crate) async fn follow(endpoint: &Url, token: &str, track_id: &str, mut heard: impl FnMut(u8)) -> Result<(), LiveError> {
    let mut url = endpoint.clone();
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    url.set_scheme(scheme).map_err(|()| "the endpoint has no address of WebSockets")?;
    let mut request = url.as_str().into_client_request()?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("graphql-transport-ws"));
    let (mut socket, _) = connect_async(request).await?;
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    socket.send(Message::text(init.to_string())).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        let message: Value = serde_json::from_str(&text)?;
        match message["type"].as_str() {
            Some("connection_ack") => {
                let payload = json!({ "query": OPERATION, "variables": { "id": track_id } });
                socket.send(Message::text(json!({ "id": "1", "type": "subscribe", "payload": payload }).to_string())).await?;
            }
            Some("ping") => socket.send(Message::text(r#"{"type":"pong"}"#)).await?,
            Some("next") => {
                let percent = message["payload"]["data"]["trackProcessing"]["percent"].as_u64().ok_or("an event without a percentage")?;
                heard(u8::try_from(percent.min(100))?);
            }
            Some("complete") => return Ok(()),
            Some("error") => return Err(format!("refused: {}", message["payload"]).into()),
            _ => {}
        }
    }
    Err("the endpoint hung up".into())
}
