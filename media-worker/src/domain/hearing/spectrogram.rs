//! A picture of a recording: time to the right, pitch upwards on the mel scale, loudness as colour; a PNG with a palette.

use super::BANDS;

/// Most columns of the finished picture; a recording of half a minute or more has between half of it and all of it.
const MOST_COLUMNS: usize = 1024;
/// Rows a band is drawn in.
const ROWS_A_BAND: usize = 2;
/// Decibels from the loudest to black.
const RANGE_DB: f32 = 80.0;
/// Colours from silence to the loudest, in equal steps: dark to bright, so that it reads in grey too.
const STOPS: [[u8; 3]; 6] = [[0, 0, 8], [44, 17, 95], [130, 37, 129], [211, 67, 110], [252, 150, 93], [252, 253, 191]];

/// Mel bands of a recording, in a bounded number of columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    columns: Vec<[f32; BANDS]>,
    open: [f32; BANDS],
    open_frames: u32,
    frames_a_column: u32,
}

/// The picture could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the spectrogram cannot be drawn: {0}")]
pub struct DrawError(#[from] png::EncodingError);

impl Default for Spectrogram {
    fn default() -> Self {
        Self { columns: Vec::new(), open: [0.0; BANDS], open_frames: 0, frames_a_column: 1 }
    }
}

impl Spectrogram {
    /// Takes the power of the bands of the next frame.
    pub fn push(&mut self, bands: &[f32]) {
        for (sum, band) in self.open.iter_mut().zip(bands) {
            *sum += band;
        }
        self.open_frames += 1;
        if self.open_frames == self.frames_a_column {
            self.close();
            if self.columns.len() >= 2 * MOST_COLUMNS {
                self.halve();
            }
        }
    }

    /// Ready to be drawn; none without a column.
    pub fn finish(mut self) -> Option<Self> {
        if self.open_frames > 0 {
            self.close();
        }
        while self.columns.len() > MOST_COLUMNS {
            self.halve();
        }
        (!self.columns.is_empty()).then_some(self)
    }

    /// The PNG.
    pub fn draw(&self) -> Result<Vec<u8>, DrawError> {
        let (width, height) = (self.columns.len(), BANDS * ROWS_A_BAND);
        let loudest = self.columns.iter().flatten().copied().fold(1e-12, f32::max);
        let mut pixels = Vec::with_capacity(width * height);
        for row in 0..height {
            let band = BANDS - 1 - row / ROWS_A_BAND;
            pixels.extend(self.columns.iter().map(|column| shade(column[band] / loudest)));
        }
        let mut out = Vec::new();
        // Both are small: at most 1024 by 192.
        let (width, height) = (u32::try_from(width).unwrap_or(u32::MAX), u32::try_from(height).unwrap_or(u32::MAX));
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette());
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(out)
    }

    fn close(&mut self) {
        let frames = self.open_frames.max(1) as f32;
        self.columns.push(self.open.map(|sum| sum / frames));
        (self.open, self.open_frames) = ([0.0; BANDS], 0);
    }

    fn halve(&mut self) {
        let mean = |pair: &[[f32; BANDS]]| std::array::from_fn(|band| pair.iter().map(|column| column[band]).sum::<f32>() / pair.len() as f32);
        self.columns = self.columns.chunks(2).map(mean).collect();
        self.frames_a_column *= 2;
    }
}

/// The place in the palette for a power relative to the loudest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of the target")]
fn shade(power: f32) -> u8 {
    let db = 10.0 * power.max(1e-12).log10();
    (255.0 * (1.0 + db / RANGE_DB)).clamp(0.0, 255.0) as u8
}

fn palette() -> Vec<u8> {
    let steps = STOPS.len() - 1;
    let colour = |place: usize| {
        let at = place * steps;
        let (stop, rest) = ((at / 255).min(steps - 1), at - 255 * (at / 255).min(steps - 1));
        let mix = |channel: usize| (usize::from(STOPS[stop][channel]) * (255 - rest) + usize::from(STOPS[stop + 1][channel]) * rest) / 255;
        [0, 1, 2].map(|channel| u8::try_from(mix(channel)).unwrap_or(u8::MAX))
    };
    (0..256).flat_map(colour).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_a_bright_line_at_its_height() {
        let mut spectrogram = Spectrogram::default();
        let mut bands = [1e-9; BANDS];
        bands[20] = 1.0;
        for _ in 0..5000 {
            spectrogram.push(&bands);
        }
        let png = spectrogram.finish().unwrap().draw().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert!((512..=1024).contains(&info.width), "{}", info.width);
        assert_eq!(info.height, 192);
        let row = |row: usize| &pixels[row * info.width as usize..][..info.width as usize];
        let bright = 2 * (BANDS - 1 - 20);
        assert!(row(bright).iter().all(|pixel| *pixel == 255) && row(bright + 2).iter().all(|pixel| *pixel == 0));
    }

    #[test]
    fn hours_take_no_more_room_than_minutes() {
        let mut spectrogram = Spectrogram::default();
        for _ in 0..100_000 {
            spectrogram.push(&[0.1; BANDS]);
        }
        assert!(spectrogram.columns.len() <= 2 * MOST_COLUMNS);
        assert_eq!(palette().len(), 768);
    }
}
