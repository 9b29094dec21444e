//! Counts the instructions that a command takes in the core: load, decide and append, without HTTP, AWS SDK and network.
//! Callgrind, a tool of valgrind, counts them, so the figures do not depend on other work of the machine.
//!
//! The program runs itself under callgrind with a number of orders and a number of commands on each. The difference of
//! two counts is the count of what one run does more than the other.

mod store;
mod work;

use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::process::{Command, ExitCode};
use std::{env, fs};

use mimalloc::MiMalloc;

/// The allocator of the deployed functions.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The most instructions that a command may take, as the mean of all commands: 5 % more than the measured 29,182. The
/// counts of two runs differ by far less than 1 %, so the rest is for other versions of the compiler and of valgrind.
const BUDGET: u64 = 30_600;

/// The numbers of orders of the two runs that are compared. Their difference has no start of the process in it.
const ORDERS: [u64; 2] = [50, 550];

/// The exit code of a check that cannot run on this machine.
const SKIPPED: u8 = 77;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let given: Vec<u64> = env::args().skip(1).map(|number| number.parse()).collect::<Result<_, _>>()?;
    if let [orders, commands] = given[..] {
        work::carry_out(orders, usize::try_from(commands)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|version| version.status.success()) {
        writeln!(stderr(), "valgrind is not installed, so no instructions are counted")?;
        return Ok(SKIPPED.into());
    }
    let mut earlier = 0;
    for (command, number) in work::COMMANDS.iter().zip(1..) {
        let all = of_order(number)?;
        writeln!(stdout(), "{command:8} {:>7} instructions", all - earlier)?;
        earlier = all;
    }
    let mean = earlier / work::COMMANDS.len() as u64;
    writeln!(stdout(), "mean     {mean:>7} instructions, at most {BUDGET}")?;
    Ok(if mean > BUDGET { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The instructions of the first `commands` commands on one order.
fn of_order(commands: usize) -> Result<u64, Box<dyn Error>> {
    let [few, many] = ORDERS;
    Ok((count(many, commands)?.saturating_sub(count(few, commands)?)) / (many - few))
}

/// The instructions of a process of this program that carries out the first `commands` commands on each of `orders` orders.
fn count(orders: u64, commands: usize) -> Result<u64, Box<dyn Error>> {
    let output = env::temp_dir().join(format!("core-cost.{}", std::process::id()));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet"]);
    valgrind.arg(format!("--callgrind-out-file={}", output.display())).arg(env::current_exe()?);
    if !valgrind.args([orders.to_string(), commands.to_string()]).status()?.success() {
        return Err("the counted process failed".into());
    }
    let counted = fs::read_to_string(&output)?;
    fs::remove_file(output)?;
    let total = counted.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("the output of callgrind has no total")?.trim().parse()?)
}
