//! Writes the counted figures as the tables of `docs/cost.md`.

use crate::costs::prices as price;
use crate::costs::resources::Resources;
use crate::costs::tour::{Step, Tour, Usage};

/// Everything that the tables are made from.
#[derive(Debug)]
pub(crate) struct Counted {
    /// One order on the embedded stack.
    pub(crate) tour: Tour,
    /// The write units of the views for one order, in batches of a hundred orders.
    pub(crate) batched: f64,
    /// The resources of the template.
    pub(crate) resources: Resources,
}

/// The average command of an order's life.
struct Command {
    own: Usage,
    view_writes: f64,
    projections: f64,
    record: f64,
}

/// A row of costs: what is paid for, how much of it one request takes, and dollars for a million requests.
struct Row {
    what: &'static str,
    amount: f64,
    dollars: f64,
}

impl Row {
    /// A row whose price is that of a million units.
    fn per_million(what: &'static str, amount: f64, price: f64) -> Self {
        Self { what, amount, dollars: amount * price }
    }

    /// A row of bytes whose price is that of a gigabyte.
    fn per_gigabyte(what: &'static str, bytes: f64, price: f64) -> Self {
        Self { what, amount: bytes, dollars: bytes * 1e6 / price::GIGABYTE * price }
    }
}

/// `page` with the text between each `<!-- counted: … -->` and `<!-- end -->` replaced by the counted figures.
pub(crate) fn with_figures(page: &str, counted: &Counted) -> String {
    let mut result = String::new();
    let mut rest = page;
    while let Some((before, from)) = rest.split_once("<!-- counted: ") {
        let (name, old) = from.split_once(" -->\n").expect("a name");
        let (_, after) = old.split_once("<!-- end -->").expect("an end");
        let table = match name {
            "units" => units(&counted.tour.steps),
            "commands" => commands(counted),
            "queries" => queries(&counted.tour, &counted.resources),
            "idle" => idle(&counted.resources, counted.tour.metrics),
            "levers" => levers(counted),
            _ => panic!("no figures have the name {name}"),
        };
        result.extend([before, "<!-- counted: ", name, " -->\n", &table, "<!-- end -->"]);
        rest = after;
    }
    result + rest
}

fn units(steps: &[Step]) -> String {
    let mut heading = vec!["what".to_owned()];
    heading.extend(steps.iter().map(|step| format!("`{}`", step.command)));
    heading.push("the order's life".to_owned());
    let mut table = row(heading);
    table += &row(["---"; 6]);
    let mut line = |what: &str, amounts: &dyn Fn(&Step) -> f64| {
        let mut cells = vec![what.to_owned()];
        cells.extend(steps.iter().map(|step| number(amounts(step))));
        cells.push(number(steps.iter().map(amounts).sum()));
        table += &row(cells);
    };
    line("read units of the command", &|step| step.used.reads);
    line("write units of the command", &|step| step.used.writes);
    for (index, (name, _)) in steps[0].projections.iter().enumerate() {
        line(&format!("write units of `{name}`"), &|step| step.projections[index].1.writes);
    }
    line("requests to DynamoDB", &|step| {
        (step.used.requests + step.projections.iter().map(|(_, used)| used.requests).sum::<usize>()) as f64
    });
    line("bytes of the record in the stream", &|step| step.record as f64);
    table
}

fn average_command(tour: &Tour) -> Command {
    let number = tour.steps.len() as f64;
    let average = |amount: &dyn Fn(&Step) -> f64| tour.steps.iter().map(amount).sum::<f64>() / number;
    Command {
        own: Usage {
            requests: 0,
            reads: average(&|step| step.used.reads),
            writes: average(&|step| step.used.writes),
        },
        view_writes: average(&|step| step.projections.iter().map(|(_, used)| used.writes).sum()),
        projections: average(&|step| step.projections.len() as f64),
        record: average(&|step| step.record as f64),
    }
}

/// The costs of a million commands. In `batch`, a projection gets as many records at once.
fn costs_of_commands(counted: &Counted, batch: f64) -> Vec<Row> {
    let command = average_command(&counted.tour);
    let [command_log, projection_log, _] = counted.tour.log_bytes;
    let projected = command.projections / batch;
    let writes =
        if batch > 1.0 { counted.batched / counted.tour.steps.len() as f64 } else { command.view_writes };
    let kilobytes = (command.record / 1024.0).ceil() * 1024.0;
    vec![
        Row::per_million("requests to the API", 1.0, price::API_REQUESTS),
        Row::per_million(
            "invocations of the command and of its projections",
            1.0 + projected,
            price::INVOCATIONS,
        ),
        Row::per_million("read units of the command", command.own.reads, price::READ_UNITS),
        Row::per_million("write units of the command", command.own.writes, price::WRITE_UNITS),
        Row::per_million("change capture units", command.own.writes, price::CHANGE_UNITS),
        Row::per_gigabyte("bytes into the stream", kilobytes, price::STREAM_IN),
        Row::per_gigabyte(
            "bytes out of the stream, for each consumer once",
            kilobytes * counted.resources.consumers as f64,
            price::STREAM_OUT,
        ),
        Row::per_million("write units of the views", writes, price::WRITE_UNITS),
        Row::per_gigabyte("bytes of logs", command_log + projected * projection_log, price::LOGS),
        Row::per_million("traces", (1.0 + projected) * counted.resources.sampled, price::TRACES),
    ]
}

fn commands(counted: &Counted) -> String {
    let (single, batched) = (costs_of_commands(counted, 1.0), costs_of_commands(counted, 100.0));
    let mut table =
        row(["a command takes", "one record in a batch", "$ per million", "100 in a batch", "$ per million"]);
    table += &row(["---"; 5]);
    for (one, many) in single.iter().zip(&batched) {
        table += &row([
            one.what.to_owned(),
            number(one.amount),
            dollars(one.dollars),
            number(many.amount),
            dollars(many.dollars),
        ]);
    }
    let sum = |rows: &[Row]| dollars(rows.iter().map(|row| row.dollars).sum());
    table + &row(["**sum**".to_owned(), String::new(), sum(&single), String::new(), sum(&batched)])
}

fn queries(tour: &Tour, resources: &Resources) -> String {
    let mut table = row(["query", "requests to DynamoDB", "read units", "$ per million"]);
    table += &row(["---"; 4]);
    for (name, used) in &tour.queries {
        let rows = [
            Row::per_million("", 1.0, price::API_REQUESTS),
            Row::per_million("", 1.0, price::INVOCATIONS),
            Row::per_million("", used.reads, price::READ_UNITS),
            Row::per_gigabyte("", tour.log_bytes[2], price::LOGS),
            Row::per_million("", resources.sampled, price::TRACES),
        ];
        let sum = rows.iter().map(|row| row.dollars).sum();
        table += &row([format!("`{name}`"), used.requests.to_string(), number(used.reads), dollars(sum)]);
    }
    table
}

fn idle(resources: &Resources, metrics: usize) -> String {
    let rows = [
        ("hours of an on-demand stream", price::HOURS, price::STREAM_HOUR),
        ("metrics in alarms", resources.alarm_metrics as f64, price::ALARM_METRIC),
        ("composite alarms", resources.composites as f64, price::COMPOSITE_ALARM),
        ("dashboards", resources.dashboards as f64, price::DASHBOARD),
        ("scheduled invocations", resources.scheduled, price::INVOCATIONS / 1e6),
    ];
    let mut table = row(["a month without requests has", "number", "$"]) + &row(["---"; 3]);
    for (what, amount, price) in rows {
        table += &row([what.to_owned(), number(amount), dollars(amount * price)]);
    }
    let sum = rows.iter().map(|(_, amount, price)| amount * price).sum();
    table += &row(["**sum**".to_owned(), String::new(), dollars(sum)]);
    table
        + &row([
            "custom metrics, in the hours in which they have data".to_owned(),
            metrics.to_string(),
            dollars(metrics as f64 * price::METRIC),
        ])
}

fn levers(counted: &Counted) -> String {
    let command = average_command(&counted.tour);
    let consumers = counted.resources.consumers as f64;
    let gigabytes = (command.record / 1024.0).ceil() * 1024.0 * 1e6 / price::GIGABYTE;
    let invocations = 1.0 + command.projections;
    let on_demand = gigabytes * (price::STREAM_IN + price::STREAM_OUT * consumers);
    let payload = (command.record / 25_600.0).ceil() * price::PAYLOAD_UNITS;
    let rows = [
        (
            "`StreamMode=PROVISIONED`, one shard",
            (price::SHARD_HOUR - price::STREAM_HOUR) * price::HOURS,
            payload - on_demand,
        ),
        ("each further shard of a provisioned stream", price::SHARD_HOUR * price::HOURS, 0.0),
        (
            "enhanced fan-out on an on-demand stream",
            0.0,
            gigabytes * consumers * (price::STREAM_FAN_OUT - price::STREAM_OUT),
        ),
        (
            "enhanced fan-out on one provisioned shard",
            consumers * price::CONSUMER_SHARD_HOUR * price::HOURS,
            gigabytes * consumers * price::SHARD_FAN_OUT,
        ),
        ("`TraceSampleRatio=1`", 0.0, invocations * (1.0 - counted.resources.sampled) * price::TRACES),
        ("`PriceSource=command`", 0.0, -catalog_reads(&counted.tour) * price::READ_UNITS),
        (
            "10 ms of billed time in each invocation, at 256 MB for commands and 512 MB for projections",
            0.0,
            (0.25 + command.projections * 0.5) * 0.01 * price::GIGABYTE_SECOND * 1e6,
        ),
        ("a gigabyte in a table with point-in-time recovery", price::STORAGE + price::RECOVERY, 0.0),
    ];
    let mut table = row(["lever", "$ a month", "$ per million commands"]) + &row(["---"; 3]);
    for (what, month, million) in rows {
        table += &row([what.to_owned(), change(month), change(million)]);
    }
    table
}

/// The read units of the products' streams in one command of four.
fn catalog_reads(tour: &Tour) -> f64 {
    tour.steps[0].used.reads / tour.steps.len() as f64
}

fn row(cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let cells: Vec<_> = cells.into_iter().map(|cell| cell.as_ref().to_owned()).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// A number with at most two decimals, or none from a hundred on.
fn number(amount: f64) -> String {
    let decimals = if amount < 100.0 { 100.0 } else { 1.0 };
    ((amount * decimals).round() / decimals).to_string()
}

fn dollars(amount: f64) -> String {
    format!("{amount:.2}")
}

/// A difference: `+1.20`, `-0.30`, or nothing.
fn change(amount: f64) -> String {
    if amount == 0.0 { String::new() } else { format!("{amount:+.2}") }
}
