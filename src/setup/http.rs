//! The first run over HTTP.

use poem::{Response, handler, http::StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{NewServer, Setup, html::SetupPage};
use crate::{
    accounts::{Accounts, LogInClient, http::log_in_new},
    app::App,
    error::{Error, Result},
    web::{
        body::FormOrJson,
        form_error::FormError,
        page::{self, html, see_other},
        state::State,
        wants::Wants,
    },
};

/// Fields of the form.
#[derive(Deserialize)]
pub struct SetupForm {
    #[serde(default)]
    code: String,
    /// Name of the server.
    name: Option<String>,
    registration: Option<String>,
    username: String,
    password: String,
}

/// `GET /setup`: the form, or the first page of a server that is set up. JSON tells whether it is.
#[handler]
pub async fn show(wants: Wants, State((app, setup)): State<(App, Setup)>) -> Result<Response> {
    let is_needed = setup.is_needed().await?;
    if wants == Wants::Json {
        let needs_code = is_needed && setup.needs_code();
        let value = json!({ "needed": is_needed, "needs_code": needs_code });
        return Ok(page::json(StatusCode::OK, &value));
    }
    if !is_needed {
        return Ok(see_other("/"));
    }
    let form = SetupPage::new(&app.settings.current(), setup.needs_code());
    html(StatusCode::OK, &form)
}

/// `POST /setup`: sets up the server, and logs in its admin.
#[handler]
pub async fn run(
    client: LogInClient,
    wants: Wants,
    FormOrJson(form): FormOrJson<SetupForm, 16384>,
    State((app, accounts, setup)): State<(App, Accounts, Setup)>,
) -> Result<Response> {
    let defaults = app.settings.current();
    let new = NewServer {
        code: form.code,
        name: form.name.unwrap_or_else(|| defaults.name.clone()),
        registration: form
            .registration
            .unwrap_or_else(|| defaults.registration.name().into()),
        username: form.username,
        password: form.password,
    };
    let run = setup.run(client.peer.address, new.clone());
    match (run.await, wants) {
        (Ok(()), _) => log_in_new(&accounts, client, wants, (new.username, new.password)).await,
        (Err(refused), Wants::Json) => Err(refused.error),
        (Err(refused), _) => refused_page(&app, &setup, new, refused),
    }
}

fn refused_page(app: &App, setup: &Setup, new: NewServer, refused: FormError) -> Result<Response> {
    let error = refused.error.clone();
    if !error.is_shown_in_form() && error != Error::Taken {
        return Err(error);
    }
    let form = SetupPage::new(&app.settings.current(), setup.needs_code());
    let mut response = html(error.status(), &form.refused(new, refused))?;
    error.add_retry_after(response.headers_mut());
    Ok(response)
}
