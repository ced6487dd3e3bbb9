//! A recording as a direction in a space where what sounds alike lies close together: nearness is the cosine. Which space it is,
//! the model says; vectors of two models must never be compared.

pub mod embedder;
pub mod signal;

use kernel::events::EmbeddingModel;

/// The vector of length 1 in the direction of `values`; none where they have no direction, or are no numbers.
pub fn unit(values: &[f32]) -> Option<Vec<f32>> {
    let length = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    (length.is_finite() && length > 1e-9).then(|| values.iter().map(|value| super::hearing::single(f64::from(*value) / length)).collect())
}

/// The cosine between two vectors of length 1.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// What a model is called where its vectors are kept apart from others: lower case letters, digits and hyphens.
pub fn space(model: &EmbeddingModel) -> String {
    let id: String = model.id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    format!("{id}-v{}-{}", model.version, model.dim)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_unit_has_length_one_or_there_is_none(values in proptest::collection::vec(any::<f32>(), 0..64)) {
            if let Some(unit) = unit(&values) {
                prop_assert!((cosine(&unit, &unit) - 1.0).abs() < 1e-3);
            }
        }
    }
}
