//! `cargo local token`: prints a token for the running stack, and nothing else, to standard output.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use stack_base::http;
use stack_gateway::identity::TOKEN_PATH;

use super::error::CliError;

/// The longest wait for the token.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What the token is to say.
#[derive(Debug, Clone, Args)]
pub struct TokenArguments {
    /// Who is calling: the token's subject
    #[arg(long)]
    pub sub: String,
    /// What they may do: scopes with a space between two
    #[arg(long, default_value = "orders:read orders:write")]
    pub scope: String,
    /// Seconds until it expires; a negative number makes one that has expired
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, allow_negative_numbers = true)]
    pub expires_in: i32,
    /// Whom the token is for, instead of the stack's own audience
    #[arg(long)]
    pub audience: Option<String>,
    /// AWS endpoint of the stack, where it is not on the port after --port
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

/// The used members of the issuer's answer (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

/// Writes a token of the stack whose HTTP API is on `port`.
///
/// # Errors
/// [`CliError::Token`] if no development issuer answers there, or if the issuer refuses.
pub(super) async fn run(
    port: u16,
    arguments: &TokenArguments,
    stdout: &mut impl Write,
) -> Result<(), CliError> {
    let endpoint = match &arguments.endpoint {
        Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
        None => format!("http://127.0.0.1:{}", port.saturating_add(1)),
    };
    let failed = |problem: String| CliError::Token { endpoint: endpoint.clone(), problem };
    let no_answer = |error: reqwest::Error| failed(format!("no answer ({error}); is cargo local running?"));
    let client = http::client(TIMEOUT).map_err(no_answer)?;
    let request = client.post(format!("{endpoint}{TOKEN_PATH}")).body(form(arguments)).send();
    let answer = request.await.map_err(no_answer)?;
    let status = answer.status();
    let body = answer.text().await.map_err(no_answer)?;
    match serde_json::from_str::<TokenAnswer>(&body) {
        Ok(TokenAnswer { access_token }) if status.is_success() => Ok(writeln!(stdout, "{access_token}")?),
        _ => Err(failed(format!("no development issuer there, or it refuses: {status} {body}"))),
    }
}

fn form(arguments: &TokenArguments) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("client_id", &arguments.sub);
    form.append_pair("scope", &arguments.scope);
    form.append_pair("expires_in", &arguments.expires_in.to_string());
    if let Some(audience) = &arguments.audience {
        form.append_pair("audience", audience);
    }
    form.finish()
}
