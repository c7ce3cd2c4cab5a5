//! Completion of usernames after an @.

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    db::ids::UserId,
    error::Result,
    messages::Messages,
    rooms::{Action, Member},
    web::{
        page::{html, json},
        state::State,
        wants::Wants,
    },
};

/// Query parameters: `q` is the typed start of a name.
#[derive(Deserialize)]
struct NameQuery {
    #[serde(default)]
    q: String,
}

#[derive(Serialize)]
struct CandidatesJson<'a> {
    people: &'a [Candidate],
    /// "room" and "here", if the user may use them.
    calls: Vec<&'static str>,
}

/// A member that can be mentioned.
#[derive(Serialize)]
pub struct Candidate {
    id: UserId,
    username: String,
    display_name: String,
}

/// The options of the completion list.
#[derive(Template)]
#[template(path = "messages/mention_options.html")]
struct CandidateList {
    people: Vec<Candidate>,
    calls: Vec<&'static str>,
}

/// `GET /rooms/{id}/names?q=`
#[handler]
pub async fn index(
    member: Member,
    wants: Wants,
    req: &Request,
    State(messages): State<Messages>,
) -> Result<Response> {
    let begin = req
        .params::<NameQuery>()
        .map_or(String::new(), |query| query.q);
    let begin = begin.trim_start_matches('@').to_owned();
    let mut calls = Vec::new();
    if member.may(Action::Call) {
        calls.extend(
            ["room", "here"]
                .iter()
                .filter(|word| word.starts_with(&begin)),
        );
    }
    let found = messages.mention_candidates(&member, begin).await?;
    let name = |(id, username, display_name)| Candidate {
        id,
        username,
        display_name,
    };
    let people: Vec<Candidate> = found.into_iter().map(name).collect();
    match wants {
        Wants::Fragment => html(StatusCode::OK, &CandidateList { people, calls }),
        _ => {
            let people = &people;
            Ok(json(StatusCode::OK, &CandidatesJson { people, calls }))
        }
    }
}
