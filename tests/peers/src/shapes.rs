//! The shapes of the tables in `docs/performance.md`, and the check that the page has exactly these tables.
//!
//! A test of the project's workspace includes this file, so the page cannot lose a table, a row or a number there.

/// This project's event store.
pub(crate) const OWN: &str = "this event store";
/// This project's event store with the prices of the catalog, which each order reads.
pub(crate) const OWN_CATALOG: &str = "this event store, catalog prices";
/// This project's event store with the prices of the catalog, which the instance remembers.
pub(crate) const OWN_REMEMBERED: &str = "this event store, remembered prices";
/// This project's event store with a history of one day.
pub(crate) const OWN_IN_A_DAY: &str = "this event store, all events in one day";
/// `dynamo-es` with its events only.
pub(crate) const DYNAMO_ES: &str = "dynamo-es";
/// `dynamo-es` with a view.
pub(crate) const DYNAMO_ES_VIEW: &str = "dynamo-es with a view";
/// `dynamo-es` with snapshots.
pub(crate) const DYNAMO_ES_SNAPSHOTS: &str = "dynamo-es with snapshots";
/// `event-store-adapter-rs`.
pub(crate) const ADAPTER: &str = "event-store-adapter-rs";
/// CRUD with one item for each order.
pub(crate) const CRUD: &str = "CRUD, one item";
/// CRUD with an item for each order and for each of its lines.
pub(crate) const CRUD_NORMALISED: &str = "CRUD, normalised";

/// The cell of something that a run did not measure.
pub(crate) const NOT_MEASURED: &str = "not measured";

/// The form of one table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The name, which the page gives in a comment before the table.
    pub(crate) name: &'static str,
    /// The headings. The first column has the names of the rows.
    pub(crate) columns: &'static [&'static str],
    /// The names of the rows.
    pub(crate) rows: &'static [&'static str],
}

/// All tables in the order of the page.
pub(crate) const SHAPES: [Shape; 12] = [
    Shape {
        name: "run",
        columns: &["this run", "value"],
        rows: &["command", "machine", "engine", "compiler", "peers", "rounds"],
    },
    Shape {
        name: "costs",
        columns: &[
            "one command",
            "create: requests",
            "write units",
            "read units",
            "confirm: requests",
            "write units",
            "read units",
        ],
        rows: &[OWN, OWN_CATALOG, OWN_REMEMBERED, DYNAMO_ES, DYNAMO_ES_VIEW, ADAPTER, CRUD, CRUD_NORMALISED],
    },
    Shape {
        name: "speed",
        columns: &[
            "one writer an order",
            "p50 of create, ms",
            "ratio",
            "p50 of confirm, ms",
            "ratio",
            "commands/s at 8",
            "ratio",
        ],
        rows: &[OWN, DYNAMO_ES, DYNAMO_ES_VIEW, ADAPTER, CRUD, CRUD_NORMALISED],
    },
    Shape {
        name: "histories",
        columns: &["load of a long history", "requests", "read units", "p50, ms", "events in the result"],
        rows: &[OWN, OWN_IN_A_DAY, DYNAMO_ES, DYNAMO_ES_SNAPSHOTS, ADAPTER, CRUD],
    },
    Shape {
        name: "repeats",
        columns: &["the same request twice", "create", "confirm", "a price, after a later price"],
        rows: &[OWN, DYNAMO_ES, ADAPTER, CRUD],
    },
    Shape {
        name: "contention",
        columns: &[
            "16 writers, one stream",
            "accepted of 240",
            "requests an accepted",
            "refusals an accepted",
            "units an accepted",
            "accepted/s",
        ],
        rows: &[
            OWN,
            "dynamo-es, one attempt",
            "dynamo-es, 20 attempts",
            "event-store-adapter-rs, one attempt",
            "event-store-adapter-rs, 20 attempts",
            "CRUD, one item, one attempt",
            "CRUD, one item, 20 attempts",
        ],
    },
    Shape {
        name: "core",
        columns: &["without I/O", "instructions of a confirm"],
        rows: &[OWN, "cqrs-es", ADAPTER],
    },
    Shape {
        name: "projecting",
        columns: &[
            "a batch of 100 commits of 100 streams",
            "requests",
            "write units",
            "read units",
            "events/s, one shard",
            "ratio",
            "events/s, four shards",
            "ratio",
        ],
        rows: &[
            "created: this order view",
            "created: these analytics",
            "created: these analytics, one order at a time",
            "created: dynamo-es with a view",
            "created: dynamo-es with a view, 16 streams at once",
            "confirmed: this order view",
            "confirmed: these analytics",
            "confirmed: these analytics, one order at a time",
            "confirmed: dynamo-es with a view",
            "confirmed: dynamo-es with a view, 16 streams at once",
        ],
    },
    Shape {
        name: "reading",
        columns: &[
            "reads of orders",
            "list of 20: requests",
            "read units",
            "p50, ms",
            "lists/s at 8",
            "one order: requests",
            "read units",
            "p50, ms",
        ],
        rows: &[
            "500: these views",
            "500: CRUD, one item",
            "500: CRUD, normalised",
            "2,500: these views",
            "2,500: CRUD, one item",
            "2,500: CRUD, normalised",
            "100,000: these views",
            "100,000: CRUD, one item",
            "100,000: CRUD, normalised",
        ],
    },
    Shape {
        name: "claims",
        columns: &["claim", "against normalised CRUD", "holds", "against one-item CRUD", "holds"],
        rows: &[
            "query performance +500 %: list, 500 orders",
            "query performance +500 %: list, 2,500 orders",
            "query performance +500 %: list, 100,000 orders",
            "query performance +500 %: one order, 500 orders",
            "query performance +500 %: one order, 2,500 orders",
            "query performance +500 %: one order, 100,000 orders",
            "throughput +1,000 %: commands/s",
            "throughput +1,000 %: lists/s, 500 orders",
            "throughput +1,000 %: lists/s, 2,500 orders",
            "throughput +1,000 %: lists/s, 100,000 orders",
            "contention −80 %: refusals an accepted command",
            "query speed +300 %: list, 500 orders",
            "query speed +300 %: list, 2,500 orders",
            "query speed +300 %: list, 100,000 orders",
            "query speed +300 %: one order, 500 orders",
            "query speed +300 %: one order, 2,500 orders",
            "query speed +300 %: one order, 100,000 orders",
        ],
    },
    Shape {
        name: "growth",
        columns: &[
            "stored streams",
            "create: requests",
            "write units",
            "p50, ratio",
            "confirm: requests",
            "write units",
            "read units",
            "p50, ratio",
            "flat within 5 %",
        ],
        rows: &["1,000", "10,000", "100,000", "1,000,000"],
    },
    Shape {
        name: "load",
        columns: &["load through HTTP", "p50", "p90", "p99", "p99.9", "max", "failed"],
        rows: &["command, ms", "view lag, ms"],
    },
];

/// The mark before a table, up to its name.
pub(crate) const MARK: &str = "<!-- measured: ";
/// The mark after a table.
pub(crate) const END: &str = "<!-- end -->";

impl Shape {
    /// The first two lines of the table.
    pub(crate) fn head(&self) -> String {
        let columns = self.columns.join(" | ");
        format!("| {columns} |\n|{}\n", " --- |".repeat(self.columns.len()))
    }
}

/// What is wrong with the tables of `page`. A right page has each table once, in order, with all rows and without an
/// empty cell or one that was not measured.
pub(crate) fn faults(page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut blocks = page.split(MARK).skip(1);
    for shape in &SHAPES {
        let Some(block) = blocks.next() else {
            faults.push(format!("the table {} is missing", shape.name));
            continue;
        };
        let table = block.split_once(" -->\n").filter(|(name, _)| *name == shape.name);
        let Some((table, _)) = table.and_then(|(_, rest)| rest.split_once(END)) else {
            let found = block.split(" -->").next().unwrap_or_default();
            faults.push(format!("the table {found} is in the place of {}", shape.name));
            continue;
        };
        let Some(rows) = table.strip_prefix(&shape.head()) else {
            faults.push(format!("the table {} has other columns", shape.name));
            continue;
        };
        faults.extend(faults_of_rows(shape, rows));
    }
    faults.extend(
        blocks.map(|block| {
            format!("the table {} is not known", block.split(" -->").next().unwrap_or_default())
        }),
    );
    faults
}

fn faults_of_rows(shape: &Shape, rows: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim_start_matches("| ").trim_end_matches(" |");
        line.split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let found: Vec<Vec<String>> = rows.lines().map(cells).collect();
    let names: Vec<&str> = found.iter().filter_map(|row| row.first().map(String::as_str)).collect();
    if names != shape.rows {
        faults.push(format!("the table {} has the rows {names:?}", shape.name));
    }
    for row in &found {
        let is_measured = |cell: &String| !cell.is_empty() && cell != NOT_MEASURED;
        if row.len() != shape.columns.len() || !row.iter().all(is_measured) {
            faults.push(format!("the table {} lacks a value in {row:?}", shape.name));
        }
    }
    faults
}
