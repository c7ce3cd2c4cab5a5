//! The invitation that a link opens.

use poem::{Response, handler, http::StatusCode, web::Path};
use serde::Deserialize;
use serde_json::json;

use crate::{
    accounts::{Accounts, LogInClient, User, Visitor, http::log_in_response::logged_in_response},
    app::App,
    error::{Error, Result},
    invites::{
        Invites, LinkOffer,
        html::OfferPage,
        json::{LinkRoomJson, OfferJson, RegisteredJson},
    },
    settings::RegistrationMode,
    web::{
        body::FormOrJson,
        form_error::FormError,
        invite_path::INVITE,
        page::{self, Page, see_other},
        state::State,
        wants::Wants,
    },
};

/// Account to create. Without a username, the user of the session joins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RedeemForm {
    username: Option<String>,
    password: String,
}

/// `GET /invite/{token}`
#[handler]
pub async fn show(
    Visitor(user): Visitor,
    client: LogInClient,
    wants: Wants,
    Path(token): Path<String>,
    State((app, invites)): State<(App, Invites)>,
) -> Result<Response> {
    let offer = invites.offer(client.peer.address, &token).await?;
    if wants == Wants::Json {
        let settings = app.settings.current();
        let value = OfferJson::of(&offer, settings.name.clone(), takes_accounts(&app));
        return Ok(page::json(StatusCode::OK, &value));
    }
    let page = offer_page(&app, user.as_ref(), Some(offer), &token);
    page::html(StatusCode::OK, &page)
}

/// `POST /invite/{token}`: creates an account, which a form also logs in, or joins with the account of the session.
#[handler]
pub async fn redeem(
    Visitor(user): Visitor,
    client: LogInClient,
    wants: Wants,
    Path(token): Path<String>,
    FormOrJson(form): FormOrJson<RedeemForm, 16384>,
    State((app, accounts, invites)): State<(App, Accounts, Invites)>,
) -> Result<Response> {
    let from = client.peer.address;
    let redeemed = match (&form.username, &user) {
        (Some(name), _) => {
            let credentials = (&**name, &*form.password);
            let created = invites.register(&client, &token, credentials).await;
            created.map(|(user, offer)| (Some(user), offer))
        }
        (None, Some(user)) => {
            let joined = invites.join(user, from, &token).await;
            joined.map(|offer| (None, offer)).map_err(FormError::from)
        }
        (None, None) => return Err(Error::Unauthenticated),
    };
    match (redeemed, wants) {
        (Ok((created, offer)), Wants::Json) => Ok(redeemed_json(created.is_some(), &form, &offer)),
        (Ok((Some(user), offer)), _) => {
            let opened = accounts.open_session(&client, user).await?;
            logged_in_response(
                &accounts,
                &client,
                Wants::Page,
                (opened, Some(&offer.first_page())),
            )
            .await
        }
        (Ok((None, offer)), _) => Ok(see_other(&offer.first_page())),
        (Err(refused), Wants::Json) => Err(refused.error),
        (Err(refused), _) => {
            let offer = invites.offer(from, &token).await.ok();
            let page = offer_page(&app, user.as_ref(), offer, &token);
            refused_form(page, form.username.unwrap_or_default(), refused)
        }
    }
}

/// 201 for a new account, 200 for one that joined.
fn redeemed_json(is_new: bool, form: &RedeemForm, offer: &LinkOffer) -> Response {
    let rooms: Vec<LinkRoomJson> = offer.rooms.iter().map(LinkRoomJson::from).collect();
    if !is_new {
        return page::json(StatusCode::OK, &json!({ "rooms": rooms }));
    }
    let username = form.username.clone().unwrap_or_default();
    let registered = RegisteredJson { username, rooms };
    page::json(StatusCode::CREATED, &registered)
}

/// The page after a refusal. It retains the username, but not the password.
fn refused_form(mut page: OfferPage, username: String, refused: FormError) -> Result<Response> {
    let error = refused.error.clone();
    let (field, shown) = match &error {
        Error::Taken => {
            let what = "That username is taken or too similar to an existing one. Try another.";
            ("username", Error::Invalid(what.into()))
        }
        Error::Forbidden(_) => ("", error.clone()),
        error if error.is_shown_in_form() => (refused.field, error.clone()),
        _ => return Err(error),
    };
    page.username = username;
    page.error = Some(FormError::at(field, shown));
    let mut response = page::html(error.status(), &page)?;
    error.add_retry_after(response.headers_mut());
    Ok(response)
}

fn offer_page(app: &App, user: Option<&User>, offer: Option<LinkOffer>, token: &str) -> OfferPage {
    let settings = app.settings.current();
    let page = Page::new("Invitation", &settings);
    OfferPage {
        page: match user {
            Some(user) => page.with_appearance(user.appearance),
            None => page,
        },
        server: settings.name.clone(),
        offer,
        address: format!("{INVITE}{token}"),
        me: user.map(|user| user.viewer().name.to_string()),
        takes_accounts: takes_accounts(app),
        username: String::new(),
        error: None,
    }
}

fn takes_accounts(app: &App) -> bool {
    app.settings.current().registration != RegistrationMode::Closed
}
