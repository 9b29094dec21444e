//! The options of a load.

use clap::Args;

/// The options of `cargo local load`.
#[derive(Debug, Clone, Args)]
pub struct LoadArguments {
    /// Commands to send each second, whether or not the earlier ones are answered
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rate: u32,
    /// Seconds to send commands
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub seconds: u32,
    /// Base URL of a running stack, for example of cargo local, LocalStack or AWS [default: start a stack and stop it]
    #[arg(long, value_name = "URL", requires = "token")]
    pub url: Option<String>,
    /// Token for the stack at --url with the scope orders:admin
    #[arg(long, value_name = "TOKEN", env = "STACK_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}
