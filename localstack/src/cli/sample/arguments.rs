//! The options of `cargo local sample`.

use clap::Args;

use crate::cli::key_value::key_and_value;

/// Who calls, unless `--user` says.
pub(super) const USER: &str = "user-0042";

/// What the sample is to hold.
#[derive(Debug, Clone, Args)]
pub struct SampleArguments {
    /// Name of the function: its binary's or its own
    pub function: String,
    /// Name of the sample: the file is events/<function>/<name>.json
    #[arg(long, default_value = "sample")]
    pub name: String,
    /// Route of the function, where it has several, such as "GET /orders"
    #[arg(long, value_name = "ROUTE")]
    pub route: Option<String>,
    /// Value of a parameter in the route's path, such as id=42
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub path: Vec<(String, String)>,
    /// Parameter of the query string
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub query: Vec<(String, String)>,
    /// Header of the request
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub header: Vec<(String, String)>,
    /// Body of the request, or the whole event of an operator [default for an operator: {}]
    #[arg(long, value_name = "JSON")]
    pub body: Option<String>,
    /// Who calls, or who appended the commits [default: user-0042]
    #[arg(long)]
    pub user: Option<String>,
    /// What the caller may do: scopes with a space between two [default: some that the route takes]
    #[arg(long)]
    pub scopes: Option<String>,
    /// Commit that a projection gets, as {"stream":…,"version":…,"events":[…]}; give it again for more
    #[arg(long, value_name = "JSON")]
    pub commit: Vec<String>,
    /// Print the event instead of writing the file
    #[arg(long)]
    pub print: bool,
    /// Overwrite the file where it exists
    #[arg(long)]
    pub force: bool,
}
