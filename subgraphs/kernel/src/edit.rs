//! A change to one field of something that exists.

/// A change to one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Edit<T> {
    /// Stays as it is.
    #[default]
    Keep,
    /// Is empty from now on.
    Clear,
    /// Has this value from now on.
    Set(T),
}

impl<T> Edit<T> {
    /// The same change with its value converted; a value that converts to nothing clears.
    pub fn try_map<U, E>(self, convert: impl FnOnce(T) -> Result<Option<U>, E>) -> Result<Edit<U>, E> {
        Ok(match self {
            Self::Keep => Edit::Keep,
            Self::Clear => Edit::Clear,
            Self::Set(value) => convert(value)?.map_or(Edit::Clear, Edit::Set),
        })
    }

    /// Does it to `field`.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }
}
