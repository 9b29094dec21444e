//! The HTTP API without the rest of the stack: the template's routes and authorizers in front of functions that run
//! behind any Lambda Invoke endpoint (`LocalStack`, `cargo lambda watch`).

mod error;
mod remote;

use std::collections::BTreeMap;
use std::path::PathBuf;

use remote::RemoteFunctions;
use stack_base::stop::Stop;
use stack_base::store::Location;
use stack_base::{http, listen};
use stack_template::{HttpRoute, Template};
use tokio::task::JoinHandle;

use crate::identity::Issuer;
use crate::{api, guards};

pub use error::FrontError;

/// Options of a front.
#[derive(Debug, Clone)]
pub struct FrontOptions {
    /// The template file.
    pub template: PathBuf,
    /// Template parameters that differ from their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Port of the HTTP API on loopback; 0 means any free port.
    pub port: u16,
    /// Endpoint that invokes the functions, such as `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// Region of the functions.
    pub region: String,
    /// The deployed stack with the functions. Without it, a function is invoked by the name of its binary.
    pub stack_name: Option<String>,
}

/// A running front. It serves until [`Front::shutdown`].
#[derive(Debug)]
pub struct Front {
    /// Base URL of the HTTP API.
    pub base_url: String,
    /// The development issuer. The API accepts its tokens unless the parameters name another issuer.
    pub issuer: Issuer,
    /// The routes, with the functions' names in the template.
    pub routes: Vec<HttpRoute>,
    stop: Stop,
    tasks: Vec<JoinHandle<()>>,
}

impl Front {
    /// Starts the API, and the development issuer on the next port.
    ///
    /// # Errors
    /// [`FrontError`] with a message of one line, for example when a port is taken, the template is invalid or the
    /// stack does not exist.
    pub async fn start(options: FrontOptions) -> Result<Self, FrontError> {
        let (api_listener, token_listener) = listen::bind_api_and_next(options.port).await?;
        let (base_url, issuer_url) = (api_listener.url(), token_listener.url());
        let mut template = Template::read(&options.template, &options.parameters, &issuer_url)?;
        let functions = RemoteFunctions::new(&options.endpoint, &options.region)?;
        let names = match &options.stack_name {
            Some(stack) => remote::function_names(&functions, stack).await?,
            None => binary_names(&template),
        };
        let routes = template.routes.clone();
        rename(&mut template.routes, &names)?;

        let issuer =
            guards::start_issuer(&issuer_url, &template, &Location::Memory(uuid::Uuid::new_v4())).await?;
        let api = api::router(guards::guarded_routes(&issuer, &template)?, template.cors.clone(), functions);
        let api = api::admitting(api, &template.domains);
        let tokens = guards::issuer_routes(&issuer, &template);
        let stop = Stop::default();
        let tasks = vec![
            http::serve_until(api_listener.listener, api, stop.listen()),
            http::serve_until(token_listener.listener, tokens, stop.listen()),
        ];
        Ok(Self { base_url, issuer, routes, stop, tasks })
    }

    /// Stops accepting requests, and lets running requests finish within the server's time limit.
    pub async fn shutdown(self) {
        self.stop.send();
        for task in self.tasks {
            // An error means that the server panicked and has no running requests.
            task.await.ok();
        }
    }
}

fn binary_names(template: &Template) -> BTreeMap<String, String> {
    template.functions.iter().map(|function| (function.name.clone(), function.binary.clone())).collect()
}

/// Replaces each route's function name by the name where the function is deployed.
fn rename(routes: &mut [HttpRoute], names: &BTreeMap<String, String>) -> Result<(), FrontError> {
    for route in routes {
        let name = names.get(&route.function);
        let name = name.ok_or_else(|| FrontError::NotDeployed(route.function.clone()))?;
        route.function.clone_from(name);
    }
    Ok(())
}
