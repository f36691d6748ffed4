//! The pages for people, in a tenant of ten thousand applications whose logs are full, on both
//! databases: what each costs the server's processor, what it weighs, and how much it asks of the
//! database.

mod filled;
mod logs;
mod page;
mod visitor;

use std::time::Instant;

use anyhow::Result;
use countersign_testkit::postgres::Postgres;

use self::filled::Filled;
use self::page::{Page, pages};
use self::visitor::Visitor;
use super::{Bench, directory, statements};
use crate::report::Figure;
use crate::server::Server;
use crate::world::{Database, World};

const PART: &str = "portal";

/// Processor time of a page, in milliseconds.
const CPU_MAX: f64 = 20.0;

/// A page with what it loads, in thousands of bytes, none of them compressed.
const WEIGHT_MAX: f64 = 150.0;

/// How much processor time a repetition aims at: the kernel counts in hundredths of a second.
const REPETITION_SECONDS: f64 = 0.3;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let applications = bench.choose(10_000, 500);
    let postgres = Postgres::start();
    let on_sqlite = Database::Sqlite;
    let on_postgres = Database::At(postgres.database());
    for (database, name) in [(on_sqlite, "SQLite"), (on_postgres, "PostgreSQL")] {
        let (world, filled) = bench.runtime.block_on(async {
            let world = World::empty(&database).await?;
            let filled = Filled::make(&world, &database, applications).await?;
            anyhow::Ok((world, filled))
        })?;
        let administrator = directory::administrator(bench, &world)?;
        let server = bench.serve(&world)?;
        let token = directory::token(&world, &administrator)?;
        let mut visitor = Visitor::new(&world, &filled);
        let pages = pages(&filled, &mut visitor, &token)?;
        for page in &pages {
            let label = format!("{name}, {applications}: {}", page.name);
            times(bench, &server, &mut visitor, page, &label)?;
        }
        if matches!(database, Database::Sqlite) {
            weights(bench, &mut visitor, &pages)?;
        }
        server.stop()?;
        if matches!(database, Database::Sqlite) {
            questions(bench, &world, &filled, &pages)?;
        }
    }
    Ok(())
}

/// The server's processor time of a page, and how long it takes with what the database does.
fn times(
    bench: &mut Bench,
    server: &Server,
    visitor: &mut Visitor,
    page: &Page,
    label: &str,
) -> Result<()> {
    visitor.ask(page)?;
    let begin = Instant::now();
    for _ in 0..3 {
        visitor.ask(page)?;
    }
    let once = begin.elapsed().as_secs_f64() / 3.0;
    let times = (REPETITION_SECONDS / once).ceil().clamp(10.0, 500.0);
    let times = bench.choose(times, 5.0);
    let (mut cpu, mut elapsed) = (Vec::new(), Vec::new());
    for _ in 0..bench.repetitions() {
        let (before, begin) = (server.cpu_time()?, Instant::now());
        for _ in 0..times as u32 {
            visitor.ask(page)?;
        }
        elapsed.push(begin.elapsed().as_secs_f64() * 1e3 / times);
        cpu.push((server.cpu_time()? - before).as_secs_f64() * 1e3 / times);
    }
    bench.add(Figure::median(PART, label, cpu, "ms").at_most(CPU_MAX));
    let label = format!("{label}, until it is there");
    bench.add(Figure::median(PART, label, elapsed, "ms"));
    Ok(())
}

/// What browsers load for each page, and from whom.
fn weights(bench: &mut Bench, visitor: &mut Visitor, pages: &[Page]) -> Result<()> {
    let mut outside = 0;
    for page in pages {
        let (kilobytes, hosts) = visitor.weigh(page)?;
        let label = format!("weight of {}", page.name);
        bench.add(Figure::new(PART, label, kilobytes, "KB").at_most(WEIGHT_MAX));
        outside += hosts;
    }
    let label = "what pages load from other hosts";
    bench.add(Figure::new(PART, label, outside as f64, "").at_most(0.0));
    Ok(())
}

/// SQL statements of each page. What the server does beside them makes some counts too large, so the
/// least of a few is the page's own.
fn questions(bench: &mut Bench, world: &World, filled: &Filled, pages: &[Page]) -> Result<()> {
    let (server, db) = bench.runtime.block_on(statements::start(world))?;
    let mut visitor = Visitor::new(world, filled);
    for page in pages {
        let mut least = u64::MAX;
        for _ in 0..5 {
            let before = db.statements();
            visitor.ask(page)?;
            least = least.min(db.statements() - before);
        }
        let label = format!("SQL statements of {}", page.name);
        bench.add(Figure::new(PART, label, least as f64, ""));
    }
    bench.runtime.block_on(server.stop());
    Ok(())
}
