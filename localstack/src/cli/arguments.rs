//! The arguments of `cargo local`. The doc comments of commands and options are their help texts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use stack_base::account::REGION;
use stack_template::project_of;

use super::chaos::ChaosArgument;
use super::key_value::key_and_value;
use super::load::LoadArguments;
use super::logs::LogsArgument;
use super::new::NewArguments;
use super::sample::SampleArguments;
use super::telemetry::TelemetryArguments;
use super::token::TokenArguments;
use crate::stack::{FunctionBinaries, StackOptions};

/// The port of the HTTP API if `--port` is not given.
pub(super) const PORT: u16 = 3000;

/// Runs a SAM template on this machine: HTTP API, DynamoDB, Kinesis and SQS in one process, and the real function
/// binaries.
#[derive(Debug, Parser)]
#[command(name = "cargo local", bin_name = "cargo local", version)]
pub struct Arguments {
    /// The command. Without a command, the stack serves until Ctrl-C.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of the stack.
    #[command(flatten)]
    pub stack: StackArguments,
}

/// The commands of `cargo local`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a stack, send real orders through it, check every response and stop it
    Demo,
    /// Send commands over HTTP at a fixed rate, and report latencies and the lag of views
    Load(LoadArguments),
    /// Invoke a function with an event, in the stack that runs on --port or else in a temporary stack
    Invoke {
        /// Name of the function or of its binary
        function: String,
        /// JSON file with the event
        event: PathBuf,
    },
    /// Serve the template's HTTP API in front of functions that run elsewhere
    Gateway(GatewayArguments),
    /// Print a token that the stack on --port accepts
    Token(TokenArguments),
    /// Make a sample event of a function from options
    Sample(SampleArguments),
    /// Generate the code of a new aggregate, command, projection or query
    New(NewArguments),
}

/// The options of `cargo local gateway`.
#[derive(Debug, Clone, Args)]
pub struct GatewayArguments {
    /// Lambda endpoint of the functions, for example of LocalStack or of cargo lambda watch
    #[arg(long, value_name = "URL")]
    pub endpoint_url: String,
    /// Name of the stack in which the functions are deployed [default: call each function by the name of its binary]
    #[arg(long, value_name = "NAME")]
    pub stack_name: Option<String>,
    /// AWS region of the functions
    #[arg(long, default_value = REGION)]
    pub region: String,
}

/// The options of the stack.
#[derive(Debug, Clone, Args)]
pub struct StackArguments {
    /// Folder with the template and the cargo workspace [default: the nearest folder with both, from the folder of
    /// --template or the current folder upwards]
    #[arg(long, value_name = "DIR", global = true)]
    pub project: Option<PathBuf>,
    /// Template of the stack [default: template.yaml of the project]
    #[arg(long, value_name = "FILE", global = true)]
    pub template: Option<PathBuf>,
    /// Port of the HTTP API on loopback [default: 3000; demo and load: a free port]
    #[arg(long, global = true)]
    pub port: Option<u16>,
    /// Value of a template parameter; may be repeated
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = key_and_value, global = true)]
    pub parameters: Vec<(String, String)>,
    /// Directory that keeps all data [default: data is kept in memory]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// Number of shards of a new stream; also makes every stream provisioned [default: the template's number, or 4 if the stream is on demand]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500), global = true)]
    pub shards: Option<u32>,
    /// Build and run the functions in the release profile
    #[arg(long, global = true)]
    pub release: bool,
    /// Inject faults, each with a probability, for example duplicates=0.1,kill=0.02,seed=7; "list" describes all faults
    #[arg(long, value_name = "SPEC", global = true)]
    pub chaos: Option<ChaosArgument>,
    /// Format of the functions' log lines
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, global = true)]
    pub logs: LogsArgument,
    /// The options of the OTLP receiver.
    #[command(flatten)]
    pub telemetry: TelemetryArguments,
}

impl StackArguments {
    /// The port of the HTTP API.
    #[must_use]
    pub fn served_port(&self) -> u16 {
        self.port.unwrap_or(PORT)
    }

    /// The options of a stack that serves its HTTP API on `port`.
    #[must_use]
    pub fn options(self, port: u16) -> StackOptions {
        let defaults = StackOptions::default();
        let project = self.project.or_else(|| self.template.as_deref().map(project_of));
        StackOptions {
            project: project.unwrap_or(defaults.project),
            template: self.template,
            port,
            parameters: self.parameters.into_iter().collect(),
            data: self.data,
            shards: self.shards,
            functions: FunctionBinaries::Build { release: self.release },
            chaos: self.chaos.map(ChaosArgument::spec).unwrap_or_default(),
            telemetry: self.telemetry.options(),
            collector: defaults.collector,
            logs: defaults.logs,
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
    fn clap_accepts_the_definition() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_are_accepted_before_and_after_the_command() {
        let line = "local --param A=b=c demo --port 0 --shards 2 --release --data dir";
        let Arguments { command, stack } = parse(line).unwrap();
        assert!(matches!(command, Some(Command::Demo)));
        assert_eq!(stack.parameters, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!((stack.port, stack.shards, stack.release), (Some(0), Some(2), true));
    }

    #[test]
    fn without_arguments_a_stack_serves_on_port_3000() {
        let Arguments { command, stack } = parse("local").unwrap();
        assert!(command.is_none());
        assert_eq!((stack.served_port(), stack.shards), (3000, None));
    }

    #[test]
    fn a_token_may_be_expired() {
        let Arguments { command, .. } = parse("local token --sub user-1 --expires-in -60").unwrap();
        let Some(Command::Token(token)) = command else { panic!("not a token") };
        assert_eq!((token.sub.as_str(), token.expires_in), ("user-1", -60));
        assert_eq!(token.scope, None);
    }

    #[test]
    fn another_bundle_has_its_template_and_its_project() {
        let options = |line: &str| parse(line).unwrap().stack.options(0);
        let here = std::env::current_dir().unwrap();
        let both = options("local --template a/t.yaml --project b");
        assert_eq!((both.template(), both.project), ("a/t.yaml".into(), "b".into()));
        assert_eq!(options("local demo --project b").template(), std::path::Path::new("b/template.yaml"));
        let alone = options("local gateway --endpoint-url http://localhost --template src/t.yaml");
        assert_eq!((alone.template(), alone.project), ("src/t.yaml".into(), here));
    }

    #[test]
    fn chaos_takes_faults_with_probabilities() {
        let Arguments { stack, .. } = parse("local --chaos kill=0.5,seed=7").unwrap();
        assert_eq!(stack.options(0).chaos.to_string(), "kill=0.5,seed=7");
        let refused = parse("local --chaos kil=0.5").unwrap_err().to_string();
        assert!(refused.contains("there is no fault \"kil\", but duplicates, "), "{refused}");
        assert!(parse("local").unwrap().stack.options(0).chaos.is_calm());
    }

    #[test]
    fn log_lines_are_text_unless_json_is_requested() {
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
    fn the_cargo_alias_is_not_quiet() {
        let aliases = include_str!("../../../.cargo/config.toml");
        let local = aliases.lines().find(|line| line.starts_with("local = ")).unwrap();
        assert_eq!(local, r#"local = "run --package localstack --""#);
    }

    #[test]
    fn the_kind_and_the_name_of_new_code_are_required() {
        let line = "local new command redeem --aggregate gift-card --event GiftCardSpent --allow-dirty";
        let Arguments { command, .. } = parse(line).unwrap();
        let Some(Command::New(new)) = command else { panic!("not new") };
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
    fn invalid_values_are_refused() {
        for line in
            ["local --param A", "local --param =b", "local --shards 0", "local --port 70000", "local x"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
