//! What was measured, against what was aimed at.

use std::fmt::Write as _;

use serde::Serialize;

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    pub(crate) part: &'static str,
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) goal: Option<Goal>,
    /// The repetitions that `value` is the median of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) samples: Vec<f64>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(goal) => value >= goal,
            Self::AtMost(goal) => value <= goal,
        }
    }
}

impl Figure {
    pub(crate) fn new(
        part: &'static str,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
    ) -> Self {
        Self {
            part,
            name: name.into(),
            value,
            unit,
            goal: None,
            samples: Vec::new(),
        }
    }

    /// The median of some repetitions. There must be one.
    pub(crate) fn median(
        part: &'static str,
        name: impl Into<String>,
        samples: Vec<f64>,
        unit: &'static str,
    ) -> Self {
        let value = crate::statistics::median(&samples);
        Self {
            samples,
            ..Self::new(part, name, value, unit)
        }
    }

    pub(crate) fn at_least(self, goal: f64) -> Self {
        self.with(Goal::AtLeast(goal))
    }

    pub(crate) fn at_most(self, goal: f64) -> Self {
        self.with(Goal::AtMost(goal))
    }

    fn with(self, goal: Goal) -> Self {
        Self {
            goal: Some(goal),
            ..self
        }
    }
}

/// A Markdown table of all figures.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = String::from(
        "| part | figure | measured | goal | met | repetitions |\n|---|---|---|---|---|---|\n",
    );
    for figure in figures {
        let goal = figure.goal.map_or(String::new(), |goal| match goal {
            Goal::AtLeast(goal) => format!("≥ {}", number(goal)),
            Goal::AtMost(goal) => format!("≤ {}", number(goal)),
        });
        let met = figure.goal.map_or("", |goal| {
            if goal.is_met_by(figure.value) {
                "yes"
            } else {
                "**no**"
            }
        });
        let samples: Vec<_> = figure.samples.iter().map(|value| number(*value)).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} {} | {goal} | {met} | {} |",
            figure.part,
            figure.name,
            number(figure.value),
            figure.unit,
            samples.join(", "),
        );
    }
    text
}

/// Three digits where they matter.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 && value > 0.0 => grouped(value),
        size if size >= 100.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// With a comma between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_whether_a_goal_is_met() {
        let figures = [
            Figure::median("grants", "RS256 / S", vec![0.92, 0.94, 0.95], "").at_least(0.93),
            Figure::new("memory", "idle", 20.5, "MiB").at_most(20.0),
            Figure::new("size", "binary", 12_345_678.0, "bytes"),
        ];
        let table = table(&figures);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| grants | RS256 / S | 0.940  | ≥ 0.930 | yes | 0.920, 0.940, 0.950 |",
                "| memory | idle | 20.5 MiB | ≤ 20.0 | **no** |  |",
                "| size | binary | 12,345,678 bytes |  |  |  |",
            ]
        );
    }
}
