//! Links to choose a new password.

use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::Path,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    accounts::{
        Accounts, LogInClient,
        reset_html::{ResetCard, ResetPage},
        store::resets::ResetLinkState,
    },
    db::time,
    error::{Error, Result},
    web::{
        body::FormOrJson,
        form_error::FormError,
        headers,
        page::{self, html},
        state::State,
        wants::Wants,
    },
};

/// Field of the form.
#[derive(Deserialize)]
pub struct NewPasswordForm {
    password: String,
}

/// `GET /reset/{token}`: the form for a new password, or the reason why the link does not work.
#[handler]
pub async fn show(
    wants: Wants,
    Path(token): Path<String>,
    State(accounts): State<Accounts>,
) -> Result<Response> {
    let link = accounts.reset_link(&token).await;
    if wants == Wants::Json {
        let link = link?;
        let value = json!({
            "username": link.username,
            "valid": link.state == ResetLinkState::Valid,
            "expires_at": time::iso(link.expires_at),
        });
        return Ok(without_referrer(page::json(StatusCode::OK, &value)));
    }
    let card = match link {
        Ok(link) => ResetCard::of(link),
        Err(Error::NotFound) => ResetCard::Unknown,
        Err(error) => return Err(error),
    };
    answer(&accounts, card, None)
}

/// `POST /reset/{token}`: sets the password.
#[handler]
pub async fn reset(
    wants: Wants,
    client: LogInClient,
    Path(token): Path<String>,
    FormOrJson(form): FormOrJson<NewPasswordForm, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Response> {
    let from = client.peer.address;
    let changed = accounts.reset_password(from, &token, &form.password).await;
    match (changed, wants) {
        (Ok(()), Wants::Json) => Ok(without_referrer(StatusCode::NO_CONTENT.into())),
        (Ok(()), _) => answer(&accounts, ResetCard::Done, None),
        (Err(refused), Wants::Page) if refused.error == Error::NotFound => {
            answer(&accounts, ResetCard::Unknown, None)
        }
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            let link = accounts.reset_link(&token).await?;
            answer(&accounts, ResetCard::of(link), Some(refused))
        }
        (Err(refused), _) => Err(refused.error),
    }
}

fn answer(accounts: &Accounts, card: ResetCard, error: Option<FormError>) -> Result<Response> {
    let status = match &error {
        Some(refused) => refused.error.status(),
        None => card.status(),
    };
    Ok(without_referrer(html(
        status,
        &ResetPage::new(&accounts.app().settings.current(), card, error),
    )?))
}

/// Browsers tell where the page leads the name of this site alone, without the token. `no-referrer` would hide the origin
/// of the form as well, so that it would be refused.
fn without_referrer(mut response: Response) -> Response {
    headers::set(
        response.headers_mut(),
        header::REFERRER_POLICY,
        "strict-origin",
    );
    response
}
