//! Counts the instructions that one command takes in the core: load, decide and append, without HTTP, AWS SDK and
//! network. Callgrind, a tool of valgrind, counts them, so the figure does not depend on other work of the machine.
//!
//! The count is the mean of the four commands of an order's life: create, confirm, ship and deliver. The order has three
//! products.

mod store;
mod work;

use std::error::Error;
use std::io::{Write, stdout};
use std::process::Command;
use std::{env, fs};

use mimalloc::MiMalloc;

/// The allocator of the deployed functions.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The numbers of orders of the two counted processes. Their difference has no start of the process in it.
const ORDERS: [u64; 2] = [50, 550];

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(orders) = env::args().nth(1) {
        return work::live(orders.parse()?);
    }
    let [few, many] = ORDERS;
    let commands = (many - few) * work::COMMANDS;
    let instructions = (count(many)?.saturating_sub(count(few)?)) / commands;
    writeln!(stdout(), "{instructions} instructions a command")?;
    Ok(())
}

/// The instructions of a process of this program that carries out the commands of `orders` orders.
fn count(orders: u64) -> Result<u64, Box<dyn Error>> {
    let output = env::temp_dir().join(format!("core-cost.{}.{orders}", std::process::id()));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet"]);
    valgrind.arg(format!("--callgrind-out-file={}", output.display()));
    let status = valgrind.arg(env::current_exe()?).arg(orders.to_string()).status()?;
    if !status.success() {
        return Err("valgrind failed".into());
    }
    let counted = fs::read_to_string(&output)?;
    fs::remove_file(output)?;
    let total = counted.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("the output of callgrind has no total")?.trim().parse()?)
}
