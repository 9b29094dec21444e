//! The option `--chaos`: injects faults, or lists the available faults.

use std::io::{self, Write};
use std::str::FromStr;

use stack_base::chaos::{ChaosError, ChaosSpec, Fault};

/// The value of `--chaos`.
#[derive(Debug, Clone, PartialEq)]
pub enum ChaosArgument {
    /// List the available faults.
    List,
    /// Inject these faults.
    Spec(ChaosSpec),
}

impl ChaosArgument {
    /// The faults to inject.
    #[must_use]
    pub fn spec(self) -> ChaosSpec {
        match self {
            Self::List => ChaosSpec::default(),
            Self::Spec(spec) => spec,
        }
    }
}

impl FromStr for ChaosArgument {
    type Err = ChaosError;

    fn from_str(text: &str) -> Result<Self, ChaosError> {
        if text == "list" { Ok(Self::List) } else { text.parse().map(Self::Spec) }
    }
}

/// Writes every fault with its description.
///
/// # Errors
/// The error of the output, for example if it is closed.
pub(super) fn list(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "--chaos NAME=RATE,…,delay=SECONDS,only=FUNCTIONS,seed=NUMBER\n\nEach rate is a probability from 0 to 1:\n"
    )?;
    for fault in Fault::ALL {
        writeln!(out, "  {:<20} {}", fault.name(), fault.meaning())?;
    }
    writeln!(
        out,
        "  {:<20} limits the faults to the writes of these functions, for example create-order+order-projection",
        "only"
    )?;
    writeln!(
        out,
        "  {:<20} is the time in seconds after which a late-answer arrives; 4 by default",
        "delay"
    )?;
    writeln!(
        out,
        "  {:<20} starts the same sequence of random decisions again; a random number by default",
        "seed"
    )
}

#[cfg(test)]
mod tests {
    use super::{ChaosArgument, Fault, list};

    #[test]
    fn the_list_names_every_fault() {
        assert_eq!("list".parse(), Ok(ChaosArgument::List));
        let mut shown = Vec::new();
        list(&mut shown).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        for fault in Fault::ALL {
            assert!(shown.contains(&format!("\n  {} ", fault.name())), "{shown}");
        }
    }
}
