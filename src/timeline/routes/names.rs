//! Who may be meant by the beginning of a name, while it is typed.

use std::sync::Arc;

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde::{Deserialize, Serialize};

use crate::{
    db::ids::UserId,
    error::Result,
    rooms::{Action, Member},
    timeline::Services,
    web::{
        page::{html, json},
        wants::Wants,
    },
};

/// `?q=<the beginning>`
#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    q: String,
}

#[derive(Serialize)]
struct NamesJson<'a> {
    people: &'a [Name],
    /// "room" and "here", for who may call everybody.
    calls: Vec<&'static str>,
}

/// Somebody who may be meant.
#[derive(Serialize)]
pub struct Name {
    id: UserId,
    username: String,
    display_name: String,
}

/// The options of a list while a name is typed.
#[derive(Template)]
#[template(path = "timeline/names.html")]
struct Names {
    people: Vec<Name>,
    calls: Vec<&'static str>,
}

/// `GET /rooms/{id}/names?q=`
#[handler]
pub async fn index(
    member: Member,
    wants: Wants,
    req: &Request,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    let begin = req.params::<Query>().map_or(String::new(), |query| query.q);
    let begin = begin.trim_start_matches('@').to_owned();
    let mut calls = Vec::new();
    if member.may(Action::Call) {
        calls.extend(
            ["room", "here"]
                .iter()
                .filter(|word| word.starts_with(&begin)),
        );
    }
    let found = services.messages.mention_candidates(&member, begin).await?;
    let name = |(id, username, display_name)| Name {
        id,
        username,
        display_name,
    };
    let people: Vec<Name> = found.into_iter().map(name).collect();
    match wants {
        Wants::Fragment => html(StatusCode::OK, &Names { people, calls }),
        _ => {
            let people = &people;
            Ok(json(StatusCode::OK, &NamesJson { people, calls }))
        }
    }
}
