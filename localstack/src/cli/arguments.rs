//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use stack_base::account::REGION;

use super::chaos::ChaosArgument;
use super::key_value::key_and_value;
use super::logs::LogsArgument;
use super::new::NewArguments;
use super::sample::SampleArguments;
use super::telemetry::TelemetryArguments;
use super::token::TokenArguments;
use crate::stack::{FunctionBinaries, StackOptions};

/// Port of the HTTP API when it is served without `--port`.
pub(super) const PORT: u16 = 3000;

/// Runs template.yaml on this machine: HTTP API, real function binaries, DynamoDB, Kinesis and SQS in one process.
#[derive(Debug, Parser)]
#[command(name = "cargo local", bin_name = "cargo local", version)]
pub struct Arguments {
    /// What to do; nothing given serves until Ctrl-C.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How the stack runs.
    #[command(flatten)]
    pub stack: StackArguments,
}

/// What to do besides serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Walk real orders through the stack and check every answer
    Demo,
    /// Invoke one function with an event, in the stack served on --port or else in one of its own
    Invoke {
        /// Name of the function: its binary's or its own
        function: String,
        /// File with the event in JSON
        event: PathBuf,
    },
    /// Serve the template's HTTP API before functions that run elsewhere
    Gateway(GatewayArguments),
    /// Print a token that the stack served on --port takes
    Token(TokenArguments),
    /// Write a sample event of a function, from options
    Sample(SampleArguments),
    /// Write the code of a new aggregate, command, projection or query
    New(NewArguments),
}

/// Where the functions are.
#[derive(Debug, Clone, Args)]
pub struct GatewayArguments {
    /// Lambda Invoke endpoint, such as that of `LocalStack` or of cargo lambda watch
    #[arg(long, value_name = "URL")]
    pub endpoint_url: String,
    /// Deployed stack that has the functions; without it they are called by their binaries' names
    #[arg(long, value_name = "NAME")]
    pub stack_name: Option<String>,
    /// Template with the routes and authorizers [default: the project's]
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Region of the functions
    #[arg(long, default_value = REGION)]
    pub region: String,
}

/// How the stack runs.
#[derive(Debug, Clone, Args)]
pub struct StackArguments {
    /// Port of the HTTP API on loopback [default: 3000, for demo a free one]
    #[arg(long, global = true)]
    pub port: Option<u16>,
    /// A parameter of the template, instead of its default
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = key_and_value, global = true)]
    pub parameters: Vec<(String, String)>,
    /// Keep everything in this directory, instead of in memory
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// Shards that a new stream starts with
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=500), global = true)]
    pub shards: u32,
    /// Build and run the functions in the release profile
    #[arg(long, global = true)]
    pub release: bool,
    /// Faults and how often each strikes, such as duplicates=0.1,kill=0.02,seed=7; "list" tells which there are
    #[arg(long, value_name = "SPEC", global = true)]
    pub chaos: Option<ChaosArgument>,
    /// How the lines that functions log are shown
    #[arg(long, value_enum, value_name = "HOW", default_value_t, global = true)]
    pub logs: LogsArgument,
    /// How the functions' spans are received.
    #[command(flatten)]
    pub telemetry: TelemetryArguments,
}

impl StackArguments {
    /// The port to serve on.
    #[must_use]
    pub fn served_port(&self) -> u16 {
        self.port.unwrap_or(PORT)
    }

    /// Options of a stack on `port`.
    #[must_use]
    pub fn options(self, port: u16) -> StackOptions {
        StackOptions {
            port,
            parameters: self.parameters.into_iter().collect(),
            data: self.data,
            shards: self.shards,
            functions: FunctionBinaries::Build { release: self.release },
            chaos: self.chaos.map(ChaosArgument::spec).unwrap_or_default(),
            telemetry: self.telemetry.options(),
            ..StackOptions::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Arguments, Command, LogsArgument};
    use crate::cli::new::NewKind;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        let line = "local --param A=b=c demo --port 0 --shards 2 --release --data dir";
        let Arguments { command, stack } = parse(line).unwrap();
        assert!(matches!(command, Some(Command::Demo)));
        assert_eq!(stack.parameters, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!((stack.port, stack.shards, stack.release), (Some(0), 2, true));
    }

    #[test]
    fn serving_is_the_default_on_port_3000_with_4_shards() {
        let Arguments { command, stack } = parse("local").unwrap();
        assert!(command.is_none());
        assert_eq!((stack.served_port(), stack.shards), (3000, 4));
    }

    #[test]
    fn a_token_may_have_expired() {
        let Arguments { command, .. } = parse("local token --sub user-1 --expires-in -60").unwrap();
        let Some(Command::Token(token)) = command else { panic!("not a token") };
        assert_eq!((token.sub.as_str(), token.expires_in), ("user-1", -60));
        assert_eq!(token.scope, "orders:read orders:write");
    }

    #[test]
    fn chaos_is_asked_for_by_name_and_rate() {
        let Arguments { stack, .. } = parse("local --chaos kill=0.5,seed=7").unwrap();
        assert_eq!(stack.options(0).chaos.to_string(), "kill=0.5,seed=7");
        let refused = parse("local --chaos kil=0.5").unwrap_err().to_string();
        assert!(refused.contains("there is no fault \"kil\", but duplicates, "), "{refused}");
        assert!(parse("local").unwrap().stack.options(0).chaos.is_calm());
    }

    #[test]
    fn the_lines_of_functions_are_readable_unless_json_is_asked_for() {
        for (line, logs) in [
            ("local", LogsArgument::Text),
            ("local --logs json", LogsArgument::Json),
            ("local demo --logs text", LogsArgument::Text),
        ] {
            assert_eq!(parse(line).unwrap().stack.logs, logs, "{line}");
        }
        assert!(parse("local --logs xml").unwrap_err().to_string().contains("text, json"));
    }

    #[test]
    fn the_alias_shows_the_progress_of_cargos_own_build() {
        let aliases = include_str!("../../../.cargo/config.toml");
        let local = aliases.lines().find(|line| line.starts_with("local = ")).unwrap();
        assert_eq!(local, r#"local = "run --package localstack --""#);
    }

    #[test]
    fn what_is_generated_is_named_before_or_behind_its_options() {
        let line = "local new command redeem --aggregate gift-card --event GiftCardSpent --allow-dirty";
        let Arguments { command, .. } = parse(line).unwrap();
        let Some(Command::New(new)) = command else { panic!("nothing new") };
        assert!(new.allow_dirty);
        let NewKind::Command { name, aggregate, event } = new.kind else { panic!("not a command") };
        assert_eq!(
            (name.as_str(), aggregate.as_str(), event.as_deref()),
            ("redeem", "gift-card", Some("GiftCardSpent"))
        );
        for line in
            ["local new", "local new command redeem", "local new query get-gift-card", "local new view v"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for line in
            ["local --param A", "local --param =b", "local --shards 0", "local --port 70000", "local x"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
