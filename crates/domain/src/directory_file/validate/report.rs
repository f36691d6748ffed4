use std::collections::HashMap;
use std::hash::Hash;

use crate::directory_file::error::{At, Places, Problems};

/// Reports problems at the places of values.
pub(super) struct Report<'a> {
    pub(super) places: &'a Places,
    pub(super) problems: &'a mut Problems,
}

impl Report<'_> {
    pub(super) fn problem(&mut self, at: &At, reason: impl Into<String>) {
        self.problems.add(self.places.of(at), at, reason);
    }

    /// Notes a value that may occur once. A second one is reported as `is the same domain as
    /// <first place>; <advice>`.
    pub(super) fn once<K: Eq + Hash>(
        &mut self,
        seen: &mut HashMap<K, At>,
        value: K,
        at: &At,
        what_and_advice: [&str; 2],
    ) {
        if let Some(first) = seen.get(&value) {
            self.repeated(at, first, what_and_advice);
        } else {
            seen.insert(value, at.clone());
        }
    }

    /// Reports a value that another place has already.
    pub(super) fn repeated(&mut self, at: &At, first: &At, [what, advice]: [&str; 2]) {
        let line = self.places.of(first).line;
        let reason = format!("{what} `{}` (line {line}); {advice}", first.as_str());
        self.problem(at, reason);
    }
}
