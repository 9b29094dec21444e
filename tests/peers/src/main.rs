//! Compares this project's event store and views with peers and with CRUD, side by side on `DynamoDB` Local, and writes the
//! tables of `docs/performance.md`. `tests/peers/run` starts it.
#![expect(clippy::cast_precision_loss, reason = "all counts are far below 2^52")]

mod arguments;
mod claims;
mod contender;
mod core;
mod counting;
mod database;
mod error;
mod growth;
mod plan;
mod projecting;
mod reading;
mod run;
mod scenario;
mod shapes;
mod shop;
mod table;

use std::env;
use std::fs;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::database::Database;
use crate::error::{PeersError, failed, with_causes};
use crate::plan::{FULL, Plan, QUICK};
use crate::scenario::{contention, costs, histories, repeats, speed};
use crate::table::{Table, with_tables};

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let result = match &words[..] {
        [first, name, upto] if first == "core" => core::run(name, upto).await,
        _ => compare(words).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the message cannot be shown anywhere.
            let _ = writeln!(stderr(), "error: {}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

async fn compare(words: Vec<String>) -> Result<(), PeersError> {
    let arguments = Arguments::read(words)?;
    let plan = if arguments.quick { QUICK } else { FULL };
    let database = Database::new(&arguments.endpoint);
    let measured = measure(&database, &arguments, &plan).await;
    // The tables of this run are deleted in any case. The error of the measurement comes first.
    let deleted = database.delete_tables().await;
    let tables = measured?;
    deleted?;
    if let Some(path) = &arguments.write {
        let file = |source| PeersError::File { path: path.clone(), source };
        let page = with_tables(&fs::read_to_string(path).map_err(file)?, &tables)?;
        let faults = shapes::faults(&page);
        if !faults.is_empty() {
            return Err(PeersError::Page(faults.join("; ")));
        }
        fs::write(path, page).map_err(file)?;
    }
    Ok(())
}

/// Measures all tables or the only one, and shows each table when it is complete.
async fn measure(database: &Database, arguments: &Arguments, plan: &Plan) -> Result<Vec<Table>, PeersError> {
    let mut tables = Vec::new();
    let mut keep = |table: Table| {
        writeln!(stdout(), "{}", table.text()).map_err(failed("show a table"))?;
        tables.push(table);
        Ok::<_, PeersError>(())
    };
    if let Some(only) = &arguments.only {
        keep(measure_only(only, database, arguments, plan).await?)?;
        return Ok(tables);
    }
    keep(run::table(arguments, plan)?)?;
    keep(costs::table(database).await?)?;
    let (table, rates) = speed::table(database, plan).await?;
    keep(table)?;
    keep(histories::table(database, plan).await?)?;
    keep(repeats::table(database).await?)?;
    let (table, refusals) = contention::table(database, plan).await?;
    keep(table)?;
    keep(core::table()?)?;
    keep(projecting::table(database, plan).await?)?;
    let (table, speeds) = reading::table(database, plan).await?;
    keep(table)?;
    keep(claims::table(&rates, &refusals, &speeds)?)?;
    keep(growth::table(database, plan).await?)?;
    keep(run::load(arguments)?)?;
    Ok(tables)
}

/// Measures the table `name`.
async fn measure_only(
    name: &str,
    database: &Database,
    arguments: &Arguments,
    plan: &Plan,
) -> Result<Table, PeersError> {
    match name {
        "costs" => costs::table(database).await,
        "speed" => Ok(speed::table(database, plan).await?.0),
        "histories" => histories::table(database, plan).await,
        "repeats" => repeats::table(database).await,
        "contention" => Ok(contention::table(database, plan).await?.0),
        "core" => core::table(),
        "projecting" => projecting::table(database, plan).await,
        "reading" => Ok(reading::table(database, plan).await?.0),
        "growth" => growth::table(database, plan).await,
        "load" => run::load(arguments),
        _ => Err(PeersError::Argument(format!("--only {name}"))),
    }
}
