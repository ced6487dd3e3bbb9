//! A learned model in ONNX, run by `tract` (pure Rust; nothing of it leaves the process). The recording is cut into pieces of mel bands,
//! each piece becomes a vector, and their mean, brought to length 1, is the recording's.

mod log_mel;

use std::collections::VecDeque;
use std::sync::Arc;

use kernel::events::EmbeddingModel;
use platform::config::{EmbedderConfig, InputShape, OnnxConfig};
use tract_onnx::prelude::{Datum as _, Framework as _, InferenceFact, InferenceModel, InferenceModelExt, IntoRunnable, Tensor, TypedRunnableModel, tvec};
use tract_onnx::tract_hir::infer::Factoid as _;

use crate::domain::embedding::embedder::{EmbedError, Embedder, SignalEmbedder};
use crate::domain::embedding::unit;
use crate::domain::hearing::Heard;
use log_mel::LogMel;

/// A model cannot be used: which key of the configuration is wrong, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct EmbedderError {
    /// The key.
    pub key: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// The embedder that `config` names. A model is read, and tried with silence.
pub fn embedder(config: &EmbedderConfig) -> Result<Box<dyn Embedder>, EmbedderError> {
    match config {
        EmbedderConfig::Signal {} => Ok(Box::new(SignalEmbedder)),
        EmbedderConfig::Onnx(config) => Ok(Box::new(OnnxEmbedder::load(config)?)),
    }
}

/// What the vectors of the embedder that `config` names are made by.
pub fn model_of(config: &EmbedderConfig) -> EmbeddingModel {
    match config {
        EmbedderConfig::Signal {} => SignalEmbedder.model(),
        EmbedderConfig::Onnx(OnnxConfig { id, version, dim, .. }) => EmbeddingModel { id: id.clone(), version: *version, dim: *dim },
    }
}

/// [`Embedder`] by a model in ONNX.
pub struct OnnxEmbedder {
    config: OnnxConfig,
    model: InferenceModel,
    shape: Shape,
    /// For pieces of full length.
    plan: Arc<TypedRunnableModel>,
    mel: LogMel,
    /// Bands of the frames of the piece that is being filled, frame by frame.
    piece: VecDeque<f32>,
    sum: Vec<f64>,
    pieces: u32,
    samples: u64,
}

/// How a piece is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `[1, frames, mels]`.
    Frames,
    /// `[1, 1, frames, mels]`.
    Picture,
    /// `[1, 1, mels, frames]`; `any_length` when the model takes fewer frames than the most.
    Whole { any_length: bool },
}

impl OnnxEmbedder {
    /// Reads the model, and tries it with silence.
    pub fn load(config: &OnnxConfig) -> Result<Self, EmbedderError> {
        check(config)?;
        let wrong = |key: &'static str| move |problem: String| EmbedderError { key, problem };
        let unreadable = |error: std::io::Error| wrong("media.embedder.file")(format!("{} cannot be read: {error}", config.file.display()));
        let mut file = std::fs::File::open(&config.file).map_err(unreadable)?;
        let model = tract_onnx::onnx().model_for_read(&mut file);
        let model = model.map_err(|error| wrong("media.embedder.file")(format!("{} is no model in ONNX: {error:#}", config.file.display())))?;
        let shape = shape_of(&model, config)?;
        let plan = plan(&model, shape, config, config.frames as usize).map_err(wrong("media.embedder.input"))?;
        let embedder = Self {
            mel: LogMel::new(config),
            piece: VecDeque::new(),
            sum: vec![0.0; config.dim as usize],
            pieces: 0,
            samples: 0,
            config: config.clone(),
            model,
            shape,
            plan,
        };
        let silence = vec![0.0; embedder.most_numbers()];
        let answer = embedder.answer(&silence).map_err(|EmbedError(problem)| wrong("media.embedder.input")(problem))?;
        if answer.len() != embedder.sum.len() {
            return Err(wrong("media.embedder.dim")(format!("the model answers with {} numbers, not with {}", answer.len(), config.dim)));
        }
        Ok(embedder)
    }

    const fn mels(&self) -> usize {
        self.config.mels as usize
    }

    const fn most_numbers(&self) -> usize {
        self.config.frames as usize * self.config.mels as usize
    }

    /// What the model says of a piece, frame by frame.
    fn answer(&self, piece: &[f32]) -> Result<Vec<f32>, EmbedError> {
        let (mels, frames) = (self.mels(), piece.len() / self.mels());
        let failed = |error: String| EmbedError(error);
        let shorter = (frames != self.config.frames as usize).then(|| plan(&self.model, self.shape, &self.config, frames));
        let plan = shorter.transpose().map_err(failed)?;
        let tensor = match self.shape {
            Shape::Frames => Tensor::from_shape(&[1, frames, mels], piece),
            Shape::Picture => Tensor::from_shape(&[1, 1, frames, mels], piece),
            Shape::Whole { .. } => {
                let turned: Vec<f32> = (0..mels).flat_map(|mel| piece.iter().skip(mel).step_by(mels).copied()).collect();
                Tensor::from_shape(&[1, 1, mels, frames], &turned)
            }
        };
        let tensor = tensor.map_err(|error| EmbedError(format!("{error:#}")))?;
        let outputs = plan.as_ref().unwrap_or(&self.plan).run(tvec![tensor.into()]).map_err(|error| EmbedError(format!("{error:#}")))?;
        let output = outputs.first().ok_or_else(|| EmbedError("the model has no output".into()))?;
        let numbers = output.to_plain_array_view::<f32>().map_err(|error| EmbedError(format!("{error:#}")))?;
        Ok(numbers.iter().copied().collect())
    }

    /// Adds the answer for the piece at hand, and begins another.
    fn take_piece(&mut self) -> Result<(), EmbedError> {
        let piece: Vec<f32> = self.piece.drain(..).collect();
        let answer = self.answer(&piece)?;
        // One odd piece must not spoil the rest.
        if answer.iter().all(|value| value.is_finite()) {
            for (sum, value) in self.sum.iter_mut().zip(&answer) {
                *sum += f64::from(*value);
            }
            self.pieces += 1;
        }
        Ok(())
    }

    fn take_samples(&mut self, mono: &[f32]) -> Result<(), EmbedError> {
        let most = self.most_numbers();
        let mut full = Vec::new();
        // A model is slow beside a transform: frames first, then every piece that is full.
        let Self { mel, piece, .. } = self;
        mel.push(mono, |frame| {
            piece.extend(frame);
            if piece.len() >= most {
                full.push(std::mem::take(piece));
            }
            Ok::<_, EmbedError>(())
        })?;
        for full in full {
            let begun = std::mem::replace(&mut self.piece, full);
            self.take_piece()?;
            self.piece = begun;
        }
        Ok(())
    }

    /// What is left counts when it is half a piece or all there is.
    fn take_rest(&mut self) -> Result<(), EmbedError> {
        let wanted = self.pieces == 0 || self.piece.len() * 2 >= self.most_numbers();
        if !wanted || self.samples == 0 {
            return Ok(());
        }
        if self.shape == (Shape::Whole { any_length: true }) && !self.piece.is_empty() {
            return self.take_piece();
        }
        // Silence to the end of the piece.
        let before = self.pieces;
        let silence = vec![0.0; (self.config.window + self.config.hop) as usize];
        // At least a frame each time.
        for _ in 0..self.config.frames {
            if self.pieces > before {
                break;
            }
            self.take_samples(&silence)?;
        }
        Ok(())
    }
}

impl Embedder for OnnxEmbedder {
    fn model(&self) -> EmbeddingModel {
        EmbeddingModel { id: self.config.id.clone(), version: self.config.version, dim: self.config.dim }
    }

    fn sample_rate_hz(&self) -> Option<u32> {
        Some(self.config.sample_rate_hz)
    }

    fn push(&mut self, mono: &[f32]) -> Result<(), EmbedError> {
        self.samples += mono.len() as u64;
        // Piece by piece, so that what is held stays small however much comes at once.
        mono.chunks(self.config.sample_rate_hz as usize).try_for_each(|piece| self.take_samples(piece))
    }

    fn finish(&mut self, heard: &Heard) -> Result<Option<Vec<f32>>, EmbedError> {
        // Silence sounds like nothing, whatever a model makes of it.
        if heard.features.is_none() {
            return Ok(None);
        }
        self.take_rest()?;
        let sum: Vec<f32> = self.sum.iter().map(|sum| crate::domain::hearing::single(sum / f64::from(self.pieces.max(1)))).collect();
        Ok(unit(&sum))
    }
}

/// Numbers that no front end can work with.
fn check(config: &OnnxConfig) -> Result<(), EmbedderError> {
    let OnnxConfig { id, dim, sample_rate_hz, window, n_fft, hop, mels, lowest_hz, highest_hz, frames, .. } = config;
    let well_named = !id.is_empty() && id.len() <= 40 && id.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'));
    let checks = [
        (well_named, "media.embedder.id", "must be 1 to 40 lower case letters, digits and hyphens".to_owned()),
        (id != "signal", "media.embedder.id", "is the name of the measured embedding".to_owned()),
        ((1..=4096).contains(dim), "media.embedder.dim", "must be between 1 and 4096".to_owned()),
        ((8000..=48_000).contains(sample_rate_hz), "media.embedder.sample_rate_hz", "must be between 8000 and 48000".to_owned()),
        ((64..=16_384).contains(n_fft) && n_fft.is_multiple_of(2), "media.embedder.n_fft", "must be even, between 64 and 16384".to_owned()),
        ((32..=*n_fft).contains(window), "media.embedder.window", "must be between 32 and n_fft".to_owned()),
        ((1..=*window).contains(hop), "media.embedder.hop", "must be between 1 and window".to_owned()),
        ((4..=512).contains(mels), "media.embedder.mels", "must be between 4 and 512".to_owned()),
        (*highest_hz <= sample_rate_hz / 2, "media.embedder.highest_hz", format!("must be at most half of sample_rate_hz, {}", sample_rate_hz / 2)),
        (lowest_hz < highest_hz, "media.embedder.lowest_hz", "must be below highest_hz".to_owned()),
        ((1..=20_000).contains(frames), "media.embedder.frames", "must be between 1 and 20000".to_owned()),
    ];
    match checks.into_iter().find(|(fine, ..)| !fine) {
        Some((_, key, problem)) => Err(EmbedderError { key, problem }),
        None => Ok(()),
    }
}

/// How the model wants a piece, as far as it tells.
fn shape_of(model: &InferenceModel, config: &OnnxConfig) -> Result<Shape, EmbedderError> {
    let wrong = |problem: String| EmbedderError { key: "media.embedder.input", problem };
    let inputs = model.inputs.len();
    if inputs != 1 {
        return Err(wrong(format!("the model has {inputs} inputs; it must have one")));
    }
    let fact = model.input_fact(0).map_err(|error| wrong(format!("{error:#}")))?;
    let rank = fact.shape.rank().concretize();
    // A dimension that is named or left open may have any length.
    let length = |at: usize| fact.shape.dim(at).and_then(|dim| dim.concretize()).and_then(|dim| dim.to_string().parse::<usize>().ok());
    let (mels, frames) = (config.mels as usize, config.frames as usize);
    let (shape, wanted) = match (config.input, rank) {
        (InputShape::Patches, Some(3) | None) => (Shape::Frames, vec![1, frames, mels]),
        (InputShape::Patches, Some(4)) => (Shape::Picture, vec![1, 1, frames, mels]),
        (InputShape::Whole, Some(4) | None) => (Shape::Whole { any_length: length(3).is_none() }, vec![1, 1, mels, frames]),
        (_, Some(rank)) => return Err(wrong(format!("the model's input has {rank} dimensions"))),
    };
    let told: Vec<_> = (0..wanted.len()).map(length).collect();
    if told.iter().zip(&wanted).any(|(told, wanted)| told.is_some_and(|told| told != *wanted)) {
        let told: Vec<_> = told.iter().map(|told| told.map_or_else(|| "?".to_owned(), |told| told.to_string())).collect();
        return Err(wrong(format!("the model takes [{}], but by mels and frames it would get {wanted:?}", told.join(", "))));
    }
    Ok(shape)
}

/// The model made ready for pieces of so many frames; the error says why it cannot be.
fn plan(model: &InferenceModel, shape: Shape, config: &OnnxConfig, frames: usize) -> Result<Arc<TypedRunnableModel>, String> {
    let mels = config.mels as usize;
    let dims = match shape {
        Shape::Frames => vec![1, frames, mels],
        Shape::Picture => vec![1, 1, frames, mels],
        Shape::Whole { .. } => vec![1, 1, mels, frames],
    };
    let fact = InferenceFact::dt_shape(f32::datum_type(), &dims);
    let ready = model.clone().with_input_fact(0, fact).and_then(InferenceModelExt::into_optimized).and_then(IntoRunnable::into_runnable);
    ready.map_err(|error| format!("the model cannot take {dims:?}: {error:#}"))
}
