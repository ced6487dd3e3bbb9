//! The table, in Markdown, as the README shows it.

use std::fmt::Write as _;

/// One number beside what it is compared with.
pub(crate) struct Row {
    /// What was measured, with its unit.
    pub(crate) what: String,
    /// Ours.
    pub(crate) ours: String,
    /// The other's, or what the limit is.
    pub(crate) other: String,
    /// Ours as a part of the other's, or the other way round where more is better.
    pub(crate) ratio: Option<f64>,
    /// What must hold, when something must.
    pub(crate) target: Option<Target>,
}

/// What must hold of a row's ratio.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// It must not be smaller.
    AtLeast(f64),
    /// It must not be larger.
    AtMost(f64),
}

impl Target {
    fn text(self) -> String {
        match self {
            Self::AtLeast(limit) => format!("≥ {limit}"),
            Self::AtMost(limit) => format!("≤ {limit}"),
        }
    }

    fn holds(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(limit) => ratio >= limit,
            Self::AtMost(limit) => ratio <= limit,
        }
    }
}

impl Row {
    /// `ours` beside `other`, both in the unit that `what` names; `digits` after the point. The ratio is ours to the other's.
    pub(crate) fn compare(what: impl Into<String>, ours: f64, other: f64, digits: usize, target: Option<Target>) -> Self {
        Self { what: what.into(), ours: format!("{ours:.digits$}"), other: format!("{other:.digits$}"), ratio: Some(ours / other), target }
    }

    /// The same with a ratio of its own, such as the median of many.
    pub(crate) const fn with_ratio(mut self, ratio: f64) -> Self {
        self.ratio = Some(ratio);
        self
    }

    /// `ours` beside a limit that it must stay under.
    pub(crate) fn limit(what: impl Into<String>, ours: f64, limit: f64) -> Self {
        let other = format!("limit {limit:.0}");
        Self { what: what.into(), ours: format!("{ours:.0}"), other, ratio: Some(ours / limit), target: Some(Target::AtMost(1.0)) }
    }

    /// What could not be measured, and why.
    pub(crate) fn missing(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), ours: "not measured".into(), other: why.into(), ratio: None, target: None }
    }
}

/// All rows as one table.
pub(crate) fn render(rows: &[Row]) -> String {
    let mut text = String::from("| measured | Polyphony | beside | ratio | must be | holds |\n|---|---:|---:|---:|---:|---|\n");
    for row in rows {
        let ratio = row.ratio.map_or("–".into(), |ratio| format!("{ratio:.2}"));
        let target = row.target.map_or("–".into(), Target::text);
        let holds = row.target.zip(row.ratio).map_or("–", |(target, ratio)| if target.holds(ratio) { "yes" } else { "**no**" });
        writeln!(text, "| {} | {} | {} | {ratio} | {target} | {holds} |", row.what, row.ours, row.other).expect("a text can be written to");
    }
    text
}
