//! Bar charts as SVG, made here: they need no script, and every chart has its numbers beside it as
//! a table.

/// One bar: what was granted below, what was refused on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    /// What it is about: an hour, an application.
    pub(crate) label: String,
    pub(crate) granted: u64,
    pub(crate) refused: u64,
}

/// A rectangle of the drawing, in its own units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rectangle {
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) width: u64,
    pub(crate) height: u64,
}

/// A bar with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub(crate) bar: Bar,
    pub(crate) granted: Rectangle,
    pub(crate) refused: Rectangle,
}

/// A drawing of bars over a common scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chart {
    /// What it shows, in one sentence: its text for those who do not see it.
    pub(crate) title: String,
    pub(crate) width: u64,
    pub(crate) height: u64,
    /// The number at the top of the scale.
    pub(crate) top: u64,
    pub(crate) bars: Vec<Drawn>,
}

const HEIGHT: u64 = 160;
const WIDTH: u64 = 960;

/// Between two bars.
const GAP: u64 = 2;

impl Chart {
    /// Draws bars side by side.
    pub(crate) fn new(title: impl Into<String>, bars: Vec<Bar>) -> Self {
        let total = |bar: &Bar| bar.granted.saturating_add(bar.refused);
        let top = round_up(bars.iter().map(total).max().unwrap_or_default());
        let count = u64::try_from(bars.len()).unwrap_or(u64::MAX).max(1);
        let step = (WIDTH / count).max(GAP + 1);
        let drawn = bars
            .into_iter()
            .zip((0..).step_by(usize::try_from(step).unwrap_or(usize::MAX)))
            .map(|(bar, x)| draw(bar, x, step - GAP, top));
        Self {
            title: title.into(),
            width: WIDTH,
            height: HEIGHT,
            top,
            bars: drawn.collect(),
        }
    }

    /// Whether there is nothing to see.
    pub(crate) fn is_empty(&self) -> bool {
        self.bars
            .iter()
            .all(|drawn| drawn.bar.granted == 0 && drawn.bar.refused == 0)
    }
}

fn draw(bar: Bar, x: u64, width: u64, top: u64) -> Drawn {
    let granted = scaled(bar.granted, top);
    let refused = scaled(bar.refused, top).min(HEIGHT - granted);
    let rectangle = |y, height| Rectangle {
        x,
        y,
        width,
        height,
    };
    Drawn {
        granted: rectangle(HEIGHT - granted, granted),
        refused: rectangle(HEIGHT - granted - refused, refused),
        bar,
    }
}

/// What happened at all is seen: at least one unit high.
fn scaled(value: u64, top: u64) -> u64 {
    if value == 0 || top == 0 {
        return 0;
    }
    let height = u128::from(value) * u128::from(HEIGHT) / u128::from(top);
    u64::try_from(height).unwrap_or(HEIGHT).clamp(1, HEIGHT)
}

/// The next number of the form 1, 2 or 5 with zeros.
fn round_up(value: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for step in [1, 2, 5] {
            let candidate = power.saturating_mul(step);
            if candidate >= value || candidate == u64::MAX {
                return candidate;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(granted: u64, refused: u64) -> Bar {
        Bar {
            label: String::new(),
            granted,
            refused,
        }
    }

    #[test]
    fn bars_share_a_scale_and_stay_inside() {
        let chart = Chart::new("", vec![bar(90, 10), bar(1, 0), bar(0, 3), bar(0, 0)]);
        assert_eq!(chart.top, 100);
        let heights: Vec<_> = chart
            .bars
            .iter()
            .map(|drawn| (drawn.granted.height, drawn.refused.height))
            .collect();
        assert_eq!(heights, [(144, 16), (1, 0), (0, 4), (0, 0)]);
        assert_eq!(chart.bars[0].refused.y, 0);
        assert!(!chart.is_empty());
    }

    #[test]
    fn nothing_and_very_much_can_be_drawn() {
        assert!(Chart::new("", Vec::new()).is_empty());
        assert!(Chart::new("", vec![bar(0, 0)]).is_empty());
        let chart = Chart::new("", vec![bar(u64::MAX, u64::MAX), bar(1, 1)]);
        for drawn in chart.bars {
            assert!(drawn.granted.height + drawn.refused.height <= HEIGHT);
        }
        assert_eq!(round_up(0), 1);
        assert_eq!(round_up(501), 1_000);
    }
}
