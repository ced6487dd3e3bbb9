//! Artists, albums, tracks and uploads.

use serde_json::{Value, json};
use tests::recording::Recording;

use crate::stage::{Case, Stage, Who, text};

const CREATE_ARTIST: &str = "mutation($input: CreateArtistInput!) { createArtist(input: $input) { id } }";
const UPDATE_ARTIST: &str = "mutation($input: UpdateArtistInput!) { updateArtist(input: $input) { id } }";
const DELETE_ARTIST: &str = "mutation($id: ID!) { deleteArtist(id: $id) }";
const CREATE_ALBUM: &str = "mutation($input: CreateAlbumInput!) { createAlbum(input: $input) { id } }";
const UPDATE_ALBUM: &str = "mutation($input: UpdateAlbumInput!) { updateAlbum(input: $input) { id } }";
const DELETE_ALBUM: &str = "mutation($id: ID!) { deleteAlbum(id: $id) }";
const CREATE_TRACK: &str = "mutation($input: CreateTrackInput!) { createTrack(input: $input) { id } }";
const UPDATE_TRACK: &str = "mutation($input: UpdateTrackInput!) { updateTrack(input: $input) { id } }";
const DELETE_TRACK: &str = "mutation($id: ID!) { deleteTrack(id: $id) }";
const PUBLISH: &str = "mutation($id: ID!) { publishTrack(id: $id) { id } }";
const UNPUBLISH: &str = "mutation($id: ID!) { unpublishTrack(id: $id) { id } }";
const REQUEST_TRACK: &str = "mutation($input: RequestTrackUploadInput!) { requestTrackUpload(input: $input) { uploadId url } }";
const COMPLETE_TRACK: &str = "mutation($id: ID!) { completeTrackUpload(uploadId: $id) { id } }";
const REQUEST_ARTWORK: &str = "mutation($input: RequestArtworkUploadInput!) { requestArtworkUpload(input: $input) { uploadId url } }";
const UPLOAD_ARTWORK: &str = "mutation($input: UploadArtworkInput!) { uploadArtwork(input: $input) { id } }";
const COMPLETE_ARTWORK: &str = "mutation($id: ID!) { completeArtworkUpload(uploadId: $id) { id } }";

const ALLOW: &str = "mutation($id: ID!, $reason: String) { allowRecording(reviewId: $id, reason: $reason) { id } }";
const REJECT: &str = "mutation($id: ID!, $reason: String!) { rejectRecording(reviewId: $id, reason: $reason) { id } }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[
    CREATE_ARTIST,
    UPDATE_ARTIST,
    DELETE_ARTIST,
    CREATE_ALBUM,
    UPDATE_ALBUM,
    DELETE_ALBUM,
    CREATE_TRACK,
    UPDATE_TRACK,
    DELETE_TRACK,
    PUBLISH,
    UNPUBLISH,
    REQUEST_TRACK,
    COMPLETE_TRACK,
    REQUEST_ARTWORK,
    UPLOAD_ARTWORK,
    COMPLETE_ARTWORK,
    ALLOW,
    REJECT,
];

const BAD: &str = "BAD_USER_INPUT";
/// The end of a well-formed id that belongs to nothing.
const NOBODYS: &str = "01jfz9k5hqf5e8z0t4m2b7n6xr";

/// What the artist has made before the cases come.
struct Shelf {
    artist: String,
    album: String,
    track: String,
    /// Another artist's.
    others_artist: String,
    others_album: String,
}

async fn made(stage: &Stage, who: Who, operation: &str, input: Value) -> String {
    let data = stage.client(who).ask(operation, json!({ "input": input })).await;
    let made = data.as_object().and_then(|data| data.values().next()).expect("a mutation answers");
    text(&made["id"]).to_owned()
}

impl Shelf {
    async fn fill(stage: &Stage) -> Self {
        let artist = made(stage, Who::Artist, CREATE_ARTIST, json!({ "name": "Ada Sound" })).await;
        made(stage, Who::Artist, CREATE_ARTIST, json!({ "name": "Ada Silence" })).await;
        let album = made(stage, Who::Artist, CREATE_ALBUM, json!({ "artistId": artist, "title": "First Light" })).await;
        made(stage, Who::Artist, CREATE_ALBUM, json!({ "artistId": artist, "title": "Last Light" })).await;
        let track = made(stage, Who::Artist, CREATE_TRACK, json!({ "artistId": artist, "albumId": album, "title": "Dawn", "trackNumber": 1 })).await;
        let others_artist = made(stage, Who::OtherArtist, CREATE_ARTIST, json!({ "name": "Eve Noise" })).await;
        let others_album = made(stage, Who::OtherArtist, CREATE_ALBUM, json!({ "artistId": others_artist, "title": "Other Light" })).await;
        Self { artist, album, track, others_artist, others_album }
    }
}

/// `base` with one field changed.
fn with(base: &Value, field: &str, value: Value) -> Value {
    let mut input = base.clone();
    input[field] = value;
    input
}

/// `base` with one field left out.
fn without(base: &Value, field: &str) -> Value {
    let mut input = base.clone();
    input.as_object_mut().expect("an input is an object").remove(field);
    input
}

/// Cases of one mutation with the argument `input`.
struct Inputs(&'static str);

impl Inputs {
    #[expect(clippy::needless_pass_by_value, reason = "inputs are made where they are passed")]
    fn case(&self, what: &'static str, who: Who, input: Value, code: &'static str, field: Option<&'static str>) -> Case {
        Case { what, who, operation: self.0, variables: json!({ "input": input }), code, field }
    }

    fn bad(&self, what: &'static str, input: Value, field: &'static str) -> Case {
        self.case(what, Who::Artist, input, BAD, Some(field))
    }
}

/// Cases of a mutation whose only argument is an id of something of the artist's.
fn by_id(operation: &'static str, field: &'static str, kind: &str, id: &str) -> Vec<Case> {
    let case = |what, who, id: String, code, field| Case { what, who, operation, variables: json!({ "id": id }), code, field };
    vec![
        Case { what: "no id", who: Who::Artist, operation, variables: json!({}), code: BAD, field: Some("id") },
        case("empty id", Who::Artist, String::new(), BAD, Some(field)),
        case("no id at all", Who::Artist, "x".repeat(10_000), BAD, Some(field)),
        // Its first 63 bytes, as many as a prefix may have, end within a letter.
        case("a long one", Who::Artist, format!("{}島_{NOBODYS}", "x".repeat(61)), BAD, Some(field)),
        case("id of another kind", Who::Artist, format!("user_{NOBODYS}"), BAD, Some(field)),
        case("nobody's id", Who::Artist, format!("{kind}_{NOBODYS}"), "NOT_FOUND", Some(field)),
        case("no session", Who::Nobody, id.to_owned(), "UNAUTHENTICATED", None),
        case("a listener", Who::Listener, id.to_owned(), "FORBIDDEN", None),
        case("somebody else's", Who::OtherArtist, id.to_owned(), "FORBIDDEN", None),
    ]
}

#[tokio::test]
async fn artists() {
    let stage = Stage::set().await;
    let shelf = Shelf::fill(&stage).await;
    let (create, update) = (Inputs(CREATE_ARTIST), Inputs(UPDATE_ARTIST));
    let new = json!({ "name": "Somebody" });
    let edit = json!({ "id": shelf.artist, "name": "Somebody" });
    let mut cases = vec![
        create.bad("no name", without(&new, "name"), "name"),
        create.bad("blank name", with(&new, "name", json!("  ")), "name"),
        create.bad("long name", with(&new, "name", json!("x".repeat(201))), "name"),
        create.bad("name of two lines", with(&new, "name", json!("a\nb")), "name"),
        create.bad("number for a name", with(&new, "name", json!(7)), "name"),
        create.bad("long bio", with(&new, "bio", json!("x".repeat(2001))), "bio"),
        create.bad("unknown field", with(&new, "ownerId", json!("x")), "ownerId"),
        create.case("a listener", Who::Listener, new.clone(), "FORBIDDEN", None),
        create.case("no session", Who::Nobody, new.clone(), "UNAUTHENTICATED", None),
        create.case("a name one has already", Who::Artist, with(&new, "name", json!("Ada Sound")), "CONFLICT", Some("name")),
        create.case("the same in another spelling", Who::Artist, with(&new, "name", json!(" ADA  sound ")), "CONFLICT", Some("name")),
        update.bad("no id", without(&edit, "id"), "id"),
        update.bad("id of another kind", with(&edit, "id", json!(shelf.album)), "id"),
        update.case("nobody's id", Who::Artist, with(&edit, "id", json!(format!("artist_{NOBODYS}"))), "NOT_FOUND", Some("id")),
        update.bad("blank name", with(&edit, "name", json!("")), "name"),
        update.bad("long name", with(&edit, "name", json!("x".repeat(201))), "name"),
        update.bad("long bio", with(&edit, "bio", json!("x".repeat(2001))), "bio"),
        update.case("no session", Who::Nobody, edit.clone(), "UNAUTHENTICATED", None),
        update.case("somebody else's", Who::OtherArtist, edit.clone(), "FORBIDDEN", None),
        update.case("a name one has already", Who::Artist, with(&edit, "name", json!("Ada Silence")), "CONFLICT", Some("name")),
    ];
    cases.extend(by_id(DELETE_ARTIST, "id", "artist", &shelf.artist));
    stage.play(&cases).await;
}

#[tokio::test]
async fn albums() {
    let stage = Stage::set().await;
    let shelf = Shelf::fill(&stage).await;
    let (create, update) = (Inputs(CREATE_ALBUM), Inputs(UPDATE_ALBUM));
    let new = json!({ "artistId": shelf.artist, "title": "Something" });
    let edit = json!({ "id": shelf.album, "title": "Something" });
    let mut cases = vec![
        create.bad("no title", without(&new, "title"), "title"),
        create.bad("no artist", without(&new, "artistId"), "artistId"),
        create.bad("blank title", with(&new, "title", json!(" ")), "title"),
        create.bad("long title", with(&new, "title", json!("x".repeat(201))), "title"),
        create.bad("no day", with(&new, "releaseDate", json!("2026-02-30")), "releaseDate"),
        create.bad("no date", with(&new, "releaseDate", json!("yesterday")), "releaseDate"),
        create.bad("id of another kind", with(&new, "artistId", json!(shelf.album)), "artistId"),
        create.case("nobody's artist", Who::Artist, with(&new, "artistId", json!(format!("artist_{NOBODYS}"))), "NOT_FOUND", Some("artistId")),
        create.case("somebody else's artist", Who::Artist, with(&new, "artistId", json!(shelf.others_artist)), "FORBIDDEN", None),
        create.case("no session", Who::Nobody, new.clone(), "UNAUTHENTICATED", None),
        create.case("a title the artist has already", Who::Artist, with(&new, "title", json!("first light")), "CONFLICT", Some("title")),
        update.bad("no id", without(&edit, "id"), "id"),
        update.bad("blank title", with(&edit, "title", json!("")), "title"),
        update.bad("long title", with(&edit, "title", json!("x".repeat(201))), "title"),
        update.bad("no date", with(&edit, "releaseDate", json!("2026")), "releaseDate"),
        update.case("nobody's id", Who::Artist, with(&edit, "id", json!(format!("album_{NOBODYS}"))), "NOT_FOUND", Some("id")),
        update.case("no session", Who::Nobody, edit.clone(), "UNAUTHENTICATED", None),
        update.case("somebody else's", Who::OtherArtist, edit.clone(), "FORBIDDEN", None),
        update.case("a title the artist has already", Who::Artist, with(&edit, "title", json!("Last Light")), "CONFLICT", Some("title")),
    ];
    cases.extend(by_id(DELETE_ALBUM, "id", "album", &shelf.album));
    stage.play(&cases).await;
}

#[tokio::test]
async fn tracks() {
    let stage = Stage::set().await;
    let shelf = Shelf::fill(&stage).await;
    let (create, update) = (Inputs(CREATE_TRACK), Inputs(UPDATE_TRACK));
    let new = json!({ "artistId": shelf.artist, "albumId": shelf.album, "title": "Something", "trackNumber": 9 });
    let edit = json!({ "id": shelf.track, "title": "Something" });
    let six_genres = json!(["rock", "pop", "jazz", "folk", "blues", "metal"]);
    let mut cases = vec![
        create.bad("no title", without(&new, "title"), "title"),
        create.bad("no artist", without(&new, "artistId"), "artistId"),
        create.bad("blank title", with(&new, "title", json!(" ")), "title"),
        create.bad("long title", with(&new, "title", json!("x".repeat(201))), "title"),
        create.bad("number too small", with(&new, "trackNumber", json!(0)), "trackNumber"),
        create.bad("number too large", with(&new, "trackNumber", json!(1000)), "trackNumber"),
        create.bad("number that is none", with(&new, "trackNumber", json!("one")), "trackNumber"),
        create.bad("disc too small", with(&new, "discNumber", json!(-1)), "discNumber"),
        create.bad("unknown genre", with(&new, "genres", json!(["noise-of-my-own"])), "genres"),
        create.bad("too many genres", with(&new, "genres", six_genres.clone()), "genres"),
        create.bad("no recording code", with(&new, "isrc", json!("12345")), "isrc"),
        create.bad("id of another kind", with(&new, "artistId", json!(shelf.track)), "artistId"),
        create.bad("another artist's album", with(&new, "albumId", json!(shelf.others_album)), "albumId"),
        create.case("nobody's album", Who::Artist, with(&new, "albumId", json!(format!("album_{NOBODYS}"))), "NOT_FOUND", Some("albumId")),
        create.case("somebody else's artist", Who::Artist, with(&without(&new, "albumId"), "artistId", json!(shelf.others_artist)), "FORBIDDEN", None),
        create.case("no session", Who::Nobody, new.clone(), "UNAUTHENTICATED", None),
        create.case("there already", Who::Artist, with(&with(&new, "title", json!("DAWN")), "trackNumber", json!(1)), "CONFLICT", Some("title")),
        update.bad("no id", without(&edit, "id"), "id"),
        update.bad("blank title", with(&edit, "title", json!("")), "title"),
        update.bad("long title", with(&edit, "title", json!("x".repeat(201))), "title"),
        update.bad("number too large", with(&edit, "trackNumber", json!(1000)), "trackNumber"),
        update.bad("too many genres", with(&edit, "genres", six_genres), "genres"),
        update.bad("no recording code", with(&edit, "isrc", json!("x".repeat(100))), "isrc"),
        update.bad("another artist's album", with(&edit, "albumId", json!(shelf.others_album)), "albumId"),
        update.case("nobody's id", Who::Artist, with(&edit, "id", json!(format!("track_{NOBODYS}"))), "NOT_FOUND", Some("id")),
        update.case("no session", Who::Nobody, edit.clone(), "UNAUTHENTICATED", None),
        update.case("somebody else's", Who::OtherArtist, edit.clone(), "FORBIDDEN", None),
    ];
    for operation in [PUBLISH, UNPUBLISH, DELETE_TRACK] {
        cases.extend(by_id(operation, "id", "track", &shelf.track));
    }
    for operation in [PUBLISH, UNPUBLISH] {
        cases.push(Case { what: "a draft", who: Who::Artist, operation, variables: json!({ "id": shelf.track }), code: "CONFLICT", field: Some("id") });
    }
    stage.play(&cases).await;
}

#[tokio::test]
async fn uploads() {
    let stage = Stage::set().await;
    let shelf = Shelf::fill(&stage).await;
    let (track, artwork) = (Inputs(REQUEST_TRACK), Inputs(REQUEST_ARTWORK));
    let small = Inputs(UPLOAD_ARTWORK);
    // As the gateway passes a file of a form on.
    let file = |media_type: &str, base64: &str| json!({ "fileName": "a", "mediaType": media_type, "base64": base64 });
    let small_picture = json!({ "artistId": shelf.artist, "file": file("image/png", "iVBORw0KGgo=") });
    let recording = Recording::tone(1);
    let sound = json!({
        "trackId": shelf.track,
        "fileName": recording.file_name,
        "mediaType": recording.media_type,
        "sizeBytes": recording.bytes.len(),
        "sha256": recording.sha256(),
    });
    let picture = json!({ "artistId": shelf.artist, "mediaType": "image/png", "sizeBytes": 1000, "sha256": recording.sha256() });
    let upload = stage.client(Who::Artist).ask(REQUEST_TRACK, json!({ "input": sound })).await;
    let upload = text(&upload["requestTrackUpload"]["uploadId"]).to_owned();
    let picture_upload = stage.client(Who::Artist).ask(REQUEST_ARTWORK, json!({ "input": picture })).await;
    let picture_upload = text(&picture_upload["requestArtworkUpload"]["uploadId"]).to_owned();

    let mut cases = vec![
        track.bad("no track", without(&sound, "trackId"), "trackId"),
        track.bad("no size", without(&sound, "sizeBytes"), "sizeBytes"),
        track.bad("no hash", without(&sound, "sha256"), "sha256"),
        track.bad("id of another kind", with(&sound, "trackId", json!(shelf.album)), "trackId"),
        track.bad("blank name", with(&sound, "fileName", json!("")), "fileName"),
        track.bad("a path", with(&sound, "fileName", json!("../../etc/passwd")), "fileName"),
        track.bad("long name", with(&sound, "fileName", json!("x".repeat(256))), "fileName"),
        track.bad("no sound", with(&sound, "mediaType", json!("application/pdf")), "mediaType"),
        track.bad("no type", with(&sound, "mediaType", json!("")), "mediaType"),
        track.bad("nothing", with(&sound, "sizeBytes", json!(0)), "sizeBytes"),
        track.bad("less than nothing", with(&sound, "sizeBytes", json!(-1)), "sizeBytes"),
        track.bad("more than is taken", with(&sound, "sizeBytes", json!(1_073_741_825_u64)), "sizeBytes"),
        track.bad("short hash", with(&sound, "sha256", json!("ab")), "sha256"),
        track.bad("no hexadecimal digits", with(&sound, "sha256", json!("z".repeat(64))), "sha256"),
        track.case("nobody's track", Who::Artist, with(&sound, "trackId", json!(format!("track_{NOBODYS}"))), "NOT_FOUND", Some("trackId")),
        track.case("no session", Who::Nobody, sound.clone(), "UNAUTHENTICATED", None),
        track.case("a listener", Who::Listener, sound.clone(), "FORBIDDEN", None),
        track.case("somebody else's", Who::OtherArtist, sound.clone(), "FORBIDDEN", None),
        artwork.bad("neither artist nor album", without(&picture, "artistId"), "artistId"),
        artwork.bad("both", with(&picture, "albumId", json!(shelf.album)), "albumId"),
        artwork.bad("no picture", with(&picture, "mediaType", json!("image/svg+xml")), "mediaType"),
        artwork.bad("more than is taken", with(&picture, "sizeBytes", json!(10_485_761)), "sizeBytes"),
        artwork.bad("no hash", with(&picture, "sha256", json!("")), "sha256"),
        artwork.case("nobody's artist", Who::Artist, with(&picture, "artistId", json!(format!("artist_{NOBODYS}"))), "NOT_FOUND", Some("artistId")),
        artwork.case("no session", Who::Nobody, picture.clone(), "UNAUTHENTICATED", None),
        artwork.case("somebody else's", Who::OtherArtist, picture.clone(), "FORBIDDEN", None),
        small.bad("neither artist nor album", without(&small_picture, "artistId"), "artistId"),
        small.bad("no picture by its type", with(&small_picture, "file", file("image/svg+xml", "iVBORw0KGgo=")), "file"),
        small.bad("no picture by its bytes", with(&small_picture, "file", file("image/png", "bm8gcGljdHVyZQ==")), "file"),
        small.bad("nothing", with(&small_picture, "file", file("image/png", "")), "file"),
        small.bad("no file", without(&small_picture, "file"), "file"),
        small.case("no session", Who::Nobody, small_picture.clone(), "UNAUTHENTICATED", None),
        small.case("somebody else's", Who::OtherArtist, small_picture.clone(), "FORBIDDEN", None),
    ];
    for (operation, own, other) in [(COMPLETE_TRACK, &upload, &picture_upload), (COMPLETE_ARTWORK, &picture_upload, &upload)] {
        cases.extend(by_id(operation, "uploadId", "upload", own));
        let case = |what, id: &str, code, field| Case { what, who: Who::Artist, operation, variables: json!({ "id": id }), code, field };
        cases.push(case("nothing sent", own, "CONFLICT", Some("uploadId")));
        cases.push(case("of another purpose", other, "NOT_FOUND", Some("uploadId")));
    }
    stage.play(&cases).await;
}

#[tokio::test]
async fn reviews() {
    let stage = Stage::set().await;
    let nobodys = format!("review_{NOBODYS}");
    let mut cases = Vec::new();
    for operation in [ALLOW, REJECT] {
        let case =
            |what, who, id: &str, reason: Value, code, field| Case { what, who, operation, variables: json!({ "id": id, "reason": reason }), code, field };
        let why = || json!("Because.");
        cases.extend([
            case("no session", Who::Nobody, &nobodys, why(), "UNAUTHENTICATED", None),
            case("a listener", Who::Listener, &nobodys, why(), "FORBIDDEN", None),
            case("an artist", Who::Artist, &nobodys, why(), "FORBIDDEN", None),
            case("no id at all", Who::Admin, &"x".repeat(10_000), why(), BAD, Some("reviewId")),
            case("id of another kind", Who::Admin, &format!("track_{NOBODYS}"), why(), BAD, Some("reviewId")),
            case("nobody's id", Who::Admin, &nobodys, why(), "NOT_FOUND", Some("reviewId")),
            case("a long reason", Who::Admin, &nobodys, json!("x".repeat(501)), BAD, Some("reason")),
            case("a reason that rings", Who::Admin, &nobodys, json!("a\u{7}b"), BAD, Some("reason")),
            case("a number for a reason", Who::Admin, &nobodys, json!(7), BAD, Some("reason")),
        ]);
    }
    cases.push(Case {
        what: "no reason",
        who: Who::Admin,
        operation: REJECT,
        variables: json!({ "id": nobodys, "reason": " " }),
        code: BAD,
        field: Some("reason"),
    });
    let queue = "query($first: Int, $after: String) { recordingReviews(first: $first, after: $after) { nodes { id } } }";
    let list = |what, who, variables, code, field| Case { what, who, operation: queue, variables, code, field };
    cases.extend([
        list("no session", Who::Nobody, json!({}), "UNAUTHENTICATED", None),
        list("an artist", Who::Artist, json!({}), "FORBIDDEN", None),
        list("none", Who::Admin, json!({ "first": 0 }), BAD, Some("first")),
        list("too many", Who::Admin, json!({ "first": 101 }), BAD, Some("first")),
        list("a cursor of nothing", Who::Admin, json!({ "after": "WzFd" }), BAD, Some("after")),
    ]);
    stage.play(&cases).await;
}
