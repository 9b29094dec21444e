//! Tokens that the stack under test takes.

use std::env;
use std::process::Command;

use stack_gateway::identity::Issuer;
pub use stack_gateway::identity::TokenRequest;

/// The command that prints a token for a stack at `STACK_URL`.
const VARIABLE: &str = "STACK_TOKEN_COMMAND";

/// Where tokens come from.
#[derive(Debug, Clone)]
pub enum Tokens {
    /// The embedded stack's issuer.
    Issuer(Issuer),
    /// A command and its first arguments, to which `--sub`, `--scope`, `--expires-in` and, where it is not the stack's
    /// own, `--audience` are added. It prints a token, as `cargo local token` does.
    Command(Vec<String>),
}

impl Tokens {
    /// The command in `STACK_TOKEN_COMMAND`.
    ///
    /// # Errors
    /// Where the variable is not set.
    pub fn of_environment() -> Result<Self, String> {
        let line = env::var(VARIABLE).unwrap_or_default();
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            return Err(format!("set {VARIABLE}, for example to: cargo local token --port 3000"));
        }
        Ok(Self::Command(words))
    }

    /// A token that says what `request` asks for.
    pub fn get(&self, request: &TokenRequest) -> Result<String, String> {
        match self {
            Self::Issuer(issuer) => issuer.token(request).map_err(|error| error.to_string()),
            Self::Command(words) => printed(words, request),
        }
    }
}

fn printed(words: &[String], request: &TokenRequest) -> Result<String, String> {
    let (program, first) = words.split_first().ok_or_else(|| format!("set {VARIABLE}"))?;
    let mut command = Command::new(program);
    command.args(first).args(["--sub", &request.subject, "--scope", &request.scope]);
    command.args(["--expires-in", &request.expires_in.to_string()]);
    command.args(request.audience.iter().flat_map(|audience| ["--audience", audience]));
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
