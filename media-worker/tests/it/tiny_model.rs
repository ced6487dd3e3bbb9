//! A tiny learned model, written here byte by byte. The journeys, which have another model hear the catalogue, write it too.

use std::path::{Path, PathBuf};

use platform::config::{InputShape, LogKind, OnnxConfig, Spectrum};

/// Numbers that the tiny models answer with.
const DIM: usize = 8;

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7F {
        bytes.push(u8::try_from(number & 0x7F).expect("a small number") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("a small number"));
    bytes
}

/// A field of a protocol buffer that holds a number.
fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A field that holds bytes, a text or another message.
fn field(field: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

/// A length that is open when none.
fn value(name: &str, shape: &[Option<usize>]) -> Vec<u8> {
    let dims = shape.iter().map(|dim| field(1, dim.map_or_else(|| field(2, "n"), |dim| number(1, dim as u64))));
    let tensor = [number(1, 1), field(2, dims.collect::<Vec<_>>().concat())].concat();
    [field(1, name), field(2, field(1, tensor))].concat()
}

/// A model (`onnx.proto`, IR version 8, operators 13): the mean of all frames, times a matrix that sums every eighth band.
pub(crate) fn model(shape: &[Option<usize>], axes: &[u64], mels: usize) -> Vec<u8> {
    let attribute = |name: &str, kind: u64, values: Vec<u8>| field(5, [field(1, name), values, number(20, kind)].concat());
    let axes = attribute("axes", 7, axes.iter().flat_map(|axis| number(8, *axis)).collect());
    let mean = [field(1, "bands"), field(2, "mean"), field(3, "mean"), field(4, "ReduceMean"), axes, attribute("keepdims", 2, number(3, 0))].concat();
    let product = [field(1, "mean"), field(1, "weights"), field(2, "vector"), field(3, "product"), field(4, "MatMul")].concat();
    let weights: Vec<u8> = (0..mels).flat_map(|mel| (0..DIM).map(move |n| if mel % DIM == n { 1_f32 } else { 0.0 })).flat_map(f32::to_le_bytes).collect();
    let weights = [number(1, mels as u64), number(1, DIM as u64), number(2, 1), field(8, "weights"), field(9, weights)].concat();
    let graph = [
        field(1, mean),
        field(1, product),
        field(2, "tiny"),
        field(5, weights),
        field(11, value("bands", shape)),
        field(12, value("vector", &[Some(1), Some(DIM)])),
    ];
    [number(1, 8), field(8, [field(1, ""), number(2, 13)].concat()), field(7, graph.concat())].concat()
}

pub(crate) fn config(file: PathBuf, input: InputShape) -> OnnxConfig {
    OnnxConfig {
        file,
        id: "tiny".into(),
        version: 3,
        dim: u32::try_from(DIM).expect("a small number"),
        sample_rate_hz: 16_000,
        window: 400,
        n_fft: 512,
        hop: 160,
        mels: 64,
        lowest_hz: 125,
        highest_hz: 7500,
        spectrum: Spectrum::Magnitude,
        log: LogKind::Natural,
        input,
        frames: 96,
    }
}

pub(crate) fn written(folder: &Path, bytes: &[u8]) -> PathBuf {
    let file = folder.join("model.onnx");
    std::fs::write(&file, bytes).expect("a folder");
    file
}
