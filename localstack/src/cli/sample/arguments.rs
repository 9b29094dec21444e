//! The options of `cargo local sample`.

use clap::Args;

use crate::cli::key_value::key_and_value;

/// The caller if `--user` is not given.
pub(super) const USER: &str = "user-0042";

/// The options of `cargo local sample`.
#[derive(Debug, Clone, Args)]
pub struct SampleArguments {
    /// Name of the function or of its binary
    pub function: String,
    /// Name of the sample; the file is events/<function>/<name>.json
    #[arg(long, default_value = "sample")]
    pub name: String,
    /// Route, if the function has several, for example "GET /orders"
    #[arg(long, value_name = "ROUTE")]
    pub route: Option<String>,
    /// Value of a parameter in the route's path, for example id=42; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub path: Vec<(String, String)>,
    /// Parameter of the query string; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub query: Vec<(String, String)>,
    /// Header of the request; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub header: Vec<(String, String)>,
    /// Body of the request, or the whole event of an operator function [default for an operator function: {}]
    #[arg(long, value_name = "JSON")]
    pub body: Option<String>,
    /// Id of the caller, or of the user who appended the commits [default: user-0042]
    #[arg(long)]
    pub user: Option<String>,
    /// Scopes of the caller, separated by spaces [default: scopes that the route accepts]
    #[arg(long)]
    pub scopes: Option<String>,
    /// Commit in a projection's batch, as {"stream":…,"version":…,"events":[…]}; may be repeated
    #[arg(long, value_name = "JSON")]
    pub commit: Vec<String>,
    /// Print the event instead of writing the file
    #[arg(long)]
    pub print: bool,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
}
