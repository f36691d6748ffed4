//! Bar charts as SVG, made here: they need no script, and every chart has its numbers beside it as
//! a table.

use countersign_domain::clock::Timestamp;
use countersign_store::{ClientActivity, SignInCount};

use super::address::encoded;
use super::span;

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

/// Spans of time side by side: whole hours, whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Steps {
    /// When the first begins.
    pub(crate) from: Timestamp,
    pub(crate) seconds: i64,
    count: i64,
}

/// Bars that can still be told apart.
const STEPS_MAX: i64 = 92;

impl Steps {
    /// The steps that end with the one in which `until` is, at the most from `from` on: of 24 hours
    /// the current one and the 23 before it.
    pub(crate) fn within(from: Timestamp, until: Timestamp, seconds: i64) -> Option<Self> {
        let step_of = |at: Timestamp| at.unix_seconds().div_euclid(seconds.max(1));
        let last = step_of(Timestamp::from_micros(until.micros().saturating_sub(1)));
        let first = step_of(from).saturating_add(1).min(last);
        let count = last.saturating_sub(first).saturating_add(1);
        (1..=STEPS_MAX).contains(&count).then_some(Self {
            from: Timestamp::from_unix_seconds(first.saturating_mul(seconds)),
            seconds,
            count,
        })
    }

    /// A bar for each step, for those without any sign-in too.
    pub(crate) fn bars(self, counts: &[SignInCount]) -> Vec<Bar> {
        let step = |number: i64| {
            let start = self.from.plus_seconds(number.saturating_mul(self.seconds));
            let found = counts.iter().find(|count| count.start == start);
            Bar {
                label: self.label(start),
                granted: found.map_or(0, |found| found.granted),
                refused: found.map_or(0, |found| found.refused),
            }
        };
        (0..self.count).map(step).collect()
    }

    /// What a step is called.
    pub(crate) fn name(self) -> &'static str {
        match self.seconds {
            300 => "five minutes",
            3_600 => "hour",
            _ => "day",
        }
    }

    fn label(self, start: Timestamp) -> String {
        let shown = span::shown(&start.to_string());
        let length = if self.seconds < 86_400 { 16 } else { 10 };
        shown.chars().take(length).collect()
    }
}

/// One of the busiest clients, with a bar of its own.
pub(crate) struct BusyClient {
    pub(crate) name: String,
    /// Its sign-ins.
    pub(crate) address: String,
    pub(crate) granted: u64,
    pub(crate) refused: u64,
    pub(crate) granted_width: u64,
    pub(crate) refused_width: u64,
}

/// The width of the longest bar of [`busy_clients`].
pub(crate) const BUSY_WIDTH: u64 = 200;

/// The clients with bars on a common scale.
pub(crate) fn busy_clients(clients: &[ClientActivity], range: &str) -> Vec<BusyClient> {
    let total = |client: &ClientActivity| client.granted.saturating_add(client.refused);
    let top = clients.iter().map(total).max().unwrap_or_default();
    let clients = clients.iter().map(|client| {
        let granted_width = scaled(client.granted, top, BUSY_WIDTH);
        let app_id = client.app_id.to_string();
        BusyClient {
            address: format!(
                "/portal/sign-ins?application={}&range={}",
                encoded(&app_id),
                encoded(range)
            ),
            name: client.display_name.clone().unwrap_or(app_id),
            granted: client.granted,
            refused: client.refused,
            refused_width: scaled(client.refused, top, BUSY_WIDTH).min(BUSY_WIDTH - granted_width),
            granted_width,
        }
    });
    clients.collect()
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

    /// The sum of the bars: granted, refused.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let bars = self.bars.iter().map(|drawn| &drawn.bar);
        bars.fold((0, 0), |(granted, refused), bar| {
            (
                bar.granted.saturating_add(granted),
                bar.refused.saturating_add(refused),
            )
        })
    }

    /// What it shows, in a sentence.
    pub(crate) fn description(&self) -> String {
        let (granted, refused) = self.totals();
        format!("{granted} granted and {refused} refused in all.")
    }

    /// What the first and the last bar are called.
    pub(crate) fn ends(&self) -> (&str, &str) {
        fn of(drawn: Option<&Drawn>) -> &str {
            drawn.map_or("", |drawn| &drawn.bar.label)
        }
        (of(self.bars.first()), of(self.bars.last()))
    }

    /// Whether there is nothing to see.
    pub(crate) fn is_empty(&self) -> bool {
        self.totals() == (0, 0)
    }
}

fn draw(bar: Bar, x: u64, width: u64, top: u64) -> Drawn {
    let granted = scaled(bar.granted, top, HEIGHT);
    let refused = scaled(bar.refused, top, HEIGHT).min(HEIGHT - granted);
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

/// What happened at all is seen: at least one unit long.
fn scaled(value: u64, top: u64, length: u64) -> u64 {
    if value == 0 || top == 0 {
        return 0;
    }
    let scaled = u128::from(value) * u128::from(length) / u128::from(top);
    u64::try_from(scaled).unwrap_or(length).clamp(1, length)
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

    #[test]
    fn a_day_has_24_hours_and_the_last_is_now() {
        let now = Timestamp::from_unix_seconds(1_800_000_000 + 61);
        let steps = Steps::within(now.plus_seconds(-86_400), now, 3_600).expect("24 bars");
        let count = SignInCount {
            start: Timestamp::from_unix_seconds(1_800_000_000),
            granted: 2,
            refused: 1,
        };
        let bars = steps.bars(&[count]);
        assert_eq!(bars.len(), 24);
        assert_eq!(bars[0].label, "2027-01-14 09:00");
        assert_eq!(bars[23].label, "2027-01-15 08:00");
        assert_eq!((bars[23].granted, bars[23].refused), (2, 1));
        assert_eq!(bars[22].granted, 0);
        let all = Steps::within(Timestamp::from_unix_seconds(0), now, 86_400);
        assert_eq!(all, None);
        let backwards = Steps::within(now, now, 86_400).expect("the day of now");
        assert_eq!(backwards.bars(&[]).len(), 1);
    }
}
