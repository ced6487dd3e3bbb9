//! Learned models: tiny ones, written here byte by byte, heard through the whole child; and what is said of models that cannot be used.

use std::path::PathBuf;

use kernel::events::EmbeddingModel;
use media_worker::TranscodeCommand;
use media_worker::domain::embedding::cosine;
use media_worker::infrastructure::onnx::{EmbedderError, embedder};
use platform::config::{EmbedderConfig, InputShape, OnnxConfig};
use platform::testing::TestPlatform;
use serde_json::json;

use crate::support::{WORKER, sine, transcode, transcode_with, wav};
use crate::tiny_model::{config, model, written};

/// The shapes that models are told to have: patches with and without a channel, a whole of any length, a whole of a fixed one.
fn shapes() -> [(InputShape, Vec<Option<usize>>, Vec<u64>); 5] {
    [
        (InputShape::Patches, vec![Some(1), Some(96), Some(64)], vec![1]),
        (InputShape::Patches, vec![None, Some(96), Some(64)], vec![1]),
        (InputShape::Patches, vec![Some(1), Some(1), Some(96), Some(64)], vec![1, 2]),
        (InputShape::Whole, vec![Some(1), Some(1), Some(64), None], vec![1, 3]),
        (InputShape::Whole, vec![Some(1), Some(1), Some(64), Some(96)], vec![1, 3]),
    ]
}

#[test]
fn a_model_hears_through_the_child_in_every_shape() {
    let folder = tempfile::tempdir().unwrap();
    let tone = |hz: f64, ms: usize| wav(&sine(hz, 0.3, 44_100, 2, 44_100 * ms / 1000), 44_100, 2);
    for (input, shape, axes) in shapes() {
        let file = written(folder.path(), &model(&shape, &axes, 64));
        let json = serde_json::to_string(&EmbedderConfig::Onnx(config(file, input))).unwrap();
        let hear = |bytes: &[u8]| transcode_with(bytes, "a.wav", &["--embedder", &json]).unwrap().ladder.analysis.embedding;
        let long = hear(&tone(440.0, 3000)).expect("a vector");
        assert_eq!(long.model, EmbeddingModel { id: "tiny".into(), version: 3, dim: 8 });
        assert!((cosine(&long.vector, &long.vector) - 1.0).abs() < 1e-5, "{shape:?}");
        let (again, other) = (hear(&tone(440.0, 4200)).expect("a vector").vector, hear(&tone(2500.0, 3000)).expect("a vector").vector);
        assert!(cosine(&long.vector, &again) > 0.999, "{shape:?}: the same tone, longer");
        assert!(cosine(&long.vector, &other) < 0.999, "{shape:?}: another tone");
        // Less than a piece, less than a frame.
        for ms in [300, 10] {
            assert!(hear(&tone(440.0, ms)).is_some(), "{shape:?} {ms}");
        }
        assert_eq!(hear(&wav(&vec![0; 88_200], 44_100, 2)), None, "silence sounds like nothing");
    }
    let measured = transcode(&tone(440.0, 1000), "a.wav").unwrap().ladder.analysis.embedding.expect("a vector");
    assert_eq!((measured.model.id.as_str(), measured.vector.len()), ("signal", 130), "without a model it is measured");
}

#[test]
fn what_cannot_be_a_model_is_told_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let patches = model(&[Some(1), Some(96), Some(64)], &[1], 64);
    let fine = config(written(folder.path(), &patches), InputShape::Patches);
    let key = |change: &dyn Fn(&mut OnnxConfig)| {
        let mut config = fine.clone();
        change(&mut config);
        match embedder(&EmbedderConfig::Onnx(config)) {
            Ok(_) => "none",
            Err(EmbedderError { key, problem }) => {
                assert!(!problem.is_empty());
                key
            }
        }
    };
    assert_eq!(key(&|_| {}), "none");
    let missing = folder.path().join("missing.onnx");
    let other = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let (text, cut, empty) = (other("text.onnx", b"no model at all"), other("cut.onnx", &patches[..patches.len() - 100]), other("empty.onnx", b""));
    for file in [missing, text, cut] {
        assert_eq!(key(&|config| config.file.clone_from(&file)), "media.embedder.file", "{}", file.display());
    }
    assert!(key(&|config| config.file.clone_from(&empty)).starts_with("media.embedder."), "a model of nothing");
    assert_eq!(key(&|config| config.dim = 9), "media.embedder.dim");
    assert_eq!(key(&|config| config.mels = 32), "media.embedder.input");
    assert_eq!(key(&|config| config.frames = 95), "media.embedder.input");
    assert_eq!(key(&|config| config.input = InputShape::Whole), "media.embedder.input");
    assert_eq!(key(&|config| config.id = "Signal".into()), "media.embedder.id");
    assert_eq!(key(&|config| config.id = "signal".into()), "media.embedder.id");
    assert_eq!(key(&|config| config.hop = 0), "media.embedder.hop");
    assert_eq!(key(&|config| config.window = 513), "media.embedder.window");
    assert_eq!(key(&|config| config.n_fft = 511), "media.embedder.n_fft");
    assert_eq!(key(&|config| config.sample_rate_hz = 1), "media.embedder.sample_rate_hz");
    assert_eq!(key(&|config| config.highest_hz = 9000), "media.embedder.highest_hz");
    assert_eq!(key(&|config| config.lowest_hz = 7500), "media.embedder.lowest_hz");
    assert_eq!(key(&|config| config.mels = 0), "media.embedder.mels");
    assert_eq!(key(&|config| config.frames = 0), "media.embedder.frames");
}

#[tokio::test]
async fn a_worker_with_a_bad_model_does_not_start() {
    let kit = TestPlatform::with(|config| {
        config.media.embedder = serde_json::from_value(json!({
            "kind": "onnx", "file": "/nowhere/model.onnx", "id": "tiny", "version": "3", "dim": 8, "sample_rate_hz": 16000, "window": 400, "n_fft": 512,
            "hop": 160, "mels": 64, "lowest_hz": 125, "highest_hz": 7500, "spectrum": "power", "log": "decibels", "input": "patches", "frames": 96
        }))
        .unwrap();
    })
    .await;
    let command = TranscodeCommand { program: PathBuf::from(WORKER), arguments: vec!["transcode".into()] };
    let error = media_worker::start_with(&kit.platform, command).await.err().expect("it does not start").to_string();
    assert!(error.contains("media.embedder.file") && error.contains("/nowhere/model.onnx"), "{error}");
}
