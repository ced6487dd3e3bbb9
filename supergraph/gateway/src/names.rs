//! Names that clients choose, bounded, so that they can be labels of metrics.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwap;

/// Longer ones are nobody's idea of a label.
const LONGEST: usize = 64;

/// The first so many names that were met.
pub(crate) struct Names {
    places: usize,
    /// What stands for no name.
    absent: Arc<str>,
    /// What stands for a name beyond the bounds.
    other: Arc<str>,
    /// Read by every request, written at most so many times.
    seen: ArcSwap<HashSet<Arc<str>>>,
}

impl Names {
    /// Room for `places` names, and `absent` for where there is none.
    pub(crate) fn new(places: usize, absent: &str) -> Self {
        Self { places, absent: absent.into(), other: "other".into(), seen: ArcSwap::default() }
    }

    /// `name` as a label.
    pub(crate) fn label(&self, name: Option<&str>) -> Arc<str> {
        let Some(name) = name else { return self.absent.clone() };
        {
            let seen = self.seen.load();
            if let Some(label) = seen.get(name) {
                return label.clone();
            }
            if name.len() > LONGEST || seen.len() >= self.places {
                return self.other.clone();
            }
        }
        let label: Arc<str> = name.into();
        // Looked at again: others may have taken the last places meanwhile.
        self.seen.rcu(|seen| {
            let mut seen = HashSet::clone(seen);
            if seen.len() < self.places {
                seen.insert(label.clone());
            }
            seen
        });
        if self.seen.load().contains(name) { label } else { self.other.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_labels() {
        let names = Names::new(2, "unnamed");
        let label = |name: &str| names.label(Some(name)).to_string();
        assert_eq!([label("A"), label("B"), label("C"), label("A")], ["A", "B", "other", "A"]);
        assert_eq!(&*names.label(None), "unnamed");
    }

    #[test]
    fn a_long_name_takes_no_place() {
        let names = Names::new(1, "unnamed");
        assert_eq!(&*names.label(Some(&"x".repeat(65))), "other");
        assert_eq!(&*names.label(Some("A")), "A");
    }

    #[test]
    fn many_at_once_take_no_more_than_the_places() {
        let names = Names::new(8, "unnamed");
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let names = &names;
                scope.spawn(move || (0..50).for_each(|name| drop(names.label(Some(&format!("{thread}-{name}"))))));
            }
        });
        assert_eq!(names.seen.load().len(), 8);
    }
}
