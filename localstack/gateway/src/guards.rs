//! Creates the development issuer and the guarded routes of a template.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use stack_base::store::Location;
use stack_template::{LOCAL_AUDIENCE, Template};

use crate::api::Route;
use crate::identity::{self, Authorizer, Guard, IdentityError, Issuer, SigningKey};

/// Starts the issuer at `url`. With a data directory, the issuer uses the key stored there. Its tokens are for the
/// audience that the template's authorizer requires.
///
/// # Errors
/// [`IdentityError`] when no key can be generated or read.
pub async fn start_issuer(
    url: &str,
    template: &Template,
    location: &Location,
) -> Result<Issuer, IdentityError> {
    let location = location.clone();
    let key = tokio::task::spawn_blocking(move || match location {
        Location::Memory(_) => SigningKey::generate(),
        Location::Directory(directory) => SigningKey::read_or_create(&directory),
    });
    let key = key.await.map_err(|error| IdentityError::Generate(error.to_string()))??;
    let trusting = template.authorizers.iter().find(|authorizer| authorizer.issuer == url);
    let audience = trusting.and_then(|authorizer| authorizer.audiences.first());
    let issuer = Issuer::new(url, audience.map_or(LOCAL_AUDIENCE, String::as_str), key);
    Ok(issuer.with_default_scope(&template.token_scope))
}

/// The issuer's routes. They are empty if no authorizer trusts the issuer, because its tokens would be useless.
pub fn issuer_routes(issuer: &Issuer, template: &Template) -> Router {
    let is_trusted = template.authorizers.iter().any(|authorizer| authorizer.issuer == issuer.url());
    if is_trusted { identity::router(issuer.clone()) } else { Router::new() }
}

/// The routes of the HTTP API with their guards.
///
/// # Errors
/// [`IdentityError`] when an authorizer's settings are invalid.
pub fn guarded_routes(issuer: &Issuer, template: &Template) -> Result<Vec<Route>, IdentityError> {
    let mut authorizers = BTreeMap::new();
    for settings in &template.authorizers {
        authorizers.insert(settings.name.as_str(), Arc::new(Authorizer::new(settings, issuer)?));
    }
    let mut routes = Vec::new();
    for route in &template.routes {
        let guard = match &route.authorization {
            None => None,
            Some(wanted) => {
                let authorizer = authorizers.get(wanted.authorizer.as_str());
                let authorizer =
                    authorizer.ok_or_else(|| IdentityError::Unknown(wanted.authorizer.clone()))?;
                Some(Guard { authorizer: Arc::clone(authorizer), scopes: wanted.scopes.clone() })
            }
        };
        let (method, path, function) = (route.method.clone(), route.path.clone(), route.function.clone());
        routes.push(Route { method, path, function, guard });
    }
    Ok(routes)
}
