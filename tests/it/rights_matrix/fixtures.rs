//! Fixtures: what the names in braces in the table stand for.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use serde_json::{Value, json};

use super::cast::{Actor, Cast, id_of};
use super::table::{Body, Role, Row};
use crate::harness::account::{Account, PASSWORD};
use crate::harness::database::{connect, number};
use crate::harness::http::get_page;
use crate::harness::server::Server;
use crate::harness::wait_for;

mod accounts;
mod files;
mod rooms;

/// A request with its fixtures filled in.
pub struct Filled {
    pub method: String,
    pub path: String,
    pub body: Body,
    /// Name for an emoji.
    pub name: String,
}

/// Values by the names in braces.
type Values = Vec<(String, String)>;

/// Maker of fixtures. Those without a plus are made once, for each role if their name begins with `my-`.
pub struct Fixtures {
    data: PathBuf,
    origin: String,
    root: Account,
    owner: Account,
    /// All who are in the rooms of the matrix, but for the owner and Tom.
    insiders: Vec<Account>,
    tom: Account,
    tom_id: i64,
    /// A member who is in the rooms of the matrix to report messages.
    rob: Account,
    standing: BTreeMap<String, String>,
    made: usize,
}

impl Fixtures {
    pub async fn new(server: &Server, cast: &Cast) -> Fixtures {
        let tom = Account::register(server, "tom").await;
        let rob = Account::register(server, "rob").await;
        // She shares no room with the others.
        Account::register(server, "vera").await;
        let insiders = [Role::Guest, Role::Member, Role::Moderator, Role::Admin];
        let mut insiders: Vec<Account> = insiders.map(|role| cast.account(role)).into();
        insiders.push(rob.clone());
        Fixtures {
            data: server.data(),
            origin: server.origin(),
            root: cast.root.clone(),
            owner: cast.account(Role::Owner),
            insiders,
            tom_id: id_of(server, "tom"),
            tom,
            rob,
            standing: BTreeMap::new(),
            made: 0,
        }
    }

    /// The request of a row by someone. Names with a plus get new fixtures if `is_allowed`.
    pub async fn fill(&mut self, row: &Row, actor: &Actor, is_allowed: bool) -> Filled {
        let mut fresh = BTreeMap::new();
        let path = self
            .replace(&row.path, actor, (is_allowed, &mut fresh))
            .await;
        let body = match &row.body {
            Body::Fields(fields) => {
                let fields = self.replace(fields, actor, (is_allowed, &mut fresh)).await;
                Body::Fields(fields)
            }
            body => body.clone(),
        };
        Filled {
            method: row.method.clone(),
            path,
            body,
            name: self.new_name("emoji"),
        }
    }

    async fn replace(
        &mut self,
        text: &str,
        actor: &Actor,
        (is_allowed, fresh): (bool, &mut BTreeMap<String, String>),
    ) -> String {
        let mut filled = text.to_owned();
        while let Some((start, end)) = name_in(&filled) {
            let name = filled[start + 1..end].to_owned();
            let is_fresh = is_allowed && name.contains('+');
            let whose = match name.starts_with("my-") && !is_fresh {
                true => format!(" of {}", actor.id),
                false => String::new(),
            };
            let key = format!("{name}{whose}");
            let known = if is_fresh { &*fresh } else { &self.standing };
            if !known.contains_key(&key) {
                let base = name.split(' ').next().unwrap_or_default();
                let values = self.make(base.trim_end_matches('+'), actor).await;
                let known = if is_fresh {
                    &mut *fresh
                } else {
                    &mut self.standing
                };
                known.extend(
                    values
                        .into_iter()
                        .map(|(ending, value)| (format!("{base}{ending}{whose}"), value)),
                );
            }
            let known = if is_fresh { &*fresh } else { &self.standing };
            filled.replace_range(start..=end, &known[&key]);
        }
        filled
    }

    /// Makes the fixture with a name. Its values have the endings of their names.
    async fn make(&mut self, name: &str, actor: &Actor) -> Values {
        let me = actor.user().unwrap_or(&self.tom).clone();
        let my_id = if actor.user().is_some() {
            actor.id
        } else {
            self.tom_id
        };
        let one = |value: String| vec![(String::new(), value)];
        if let Some(values) = self.make_room(name, &me).await {
            return values;
        }
        if let Some(values) = self.make_file(name, &me).await {
            return values;
        }
        if let Some(value) = self.make_account(name, (&me, my_id)).await {
            return one(value);
        }
        one(match name {
            "password" => PASSWORD.into(),
            "name" => self.new_name("new"),
            "asset" => self.asset().await,
            "tom-id" => self.tom_id.to_string(),
            "my-id" => my_id.to_string(),
            "my-name" => me.name.clone(),
            _ => panic!("{name} is no fixture"),
        })
    }

    /// The standing fixture with a name.
    fn value<'a>(&'a mut self, name: &'a str) -> Pin<Box<dyn Future<Output = String> + 'a>> {
        Box::pin(async move {
            let no_one = Actor {
                role: Role::Anonymous,
                account: None,
                id: 0,
            };
            let mut fresh = BTreeMap::new();
            let name = format!("{{{name}}}");
            self.replace(&name, &no_one, (false, &mut fresh)).await
        })
    }

    /// Waits until the work in the background that fixtures began is done.
    pub async fn wait_for_jobs(&self) {
        let due = "SELECT count(*) AS number FROM jobs WHERE run_at <= unixepoch() * 1000";
        wait_for("the end of all jobs", || async {
            (self.number(due) == 0).then_some(())
        })
        .await;
    }

    /// File name of a style sheet.
    async fn asset(&self) -> String {
        let page = get_page(&format!("{}/login", self.origin)).await;
        let page = page.expect(200).text();
        let (_, rest) = page.split_once("/assets/").expect("a style sheet");
        rest.split('"').next().expect("a file name").to_owned()
    }

    /// A name that no one has.
    fn new_name(&mut self, start: &str) -> String {
        self.made += 1;
        // Names of letters alone: digits may look like letters.
        let letters = self.made.to_string();
        let letters = letters.bytes().map(|digit| char::from(digit - b'0' + b'a'));
        format!("{start}{}", String::from_iter(letters))
    }

    fn execute(&self, statement: &str) {
        let done = connect(&self.data).batch_execute(statement);
        done.expect("a valid statement");
    }

    fn number(&self, query: &str) -> i64 {
        number(&mut connect(&self.data), query)
    }

    fn text(&self, query: &str) -> String {
        let row = sql_query(query).get_result::<TextRow>(&mut connect(&self.data));
        row.expect("one row").text
    }

    /// Posts JSON and returns the response, `null` without one.
    async fn post(&self, account: &Account, path: &str, body: Value) -> Value {
        let reply = account.send("POST", path, &body).await;
        assert!(
            (200..300).contains(&reply.status),
            "{path}: {}",
            reply.text()
        );
        if reply.bytes.is_empty() {
            json!(null)
        } else {
            reply.json()
        }
    }
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The place of the first name in braces: a letter follows the brace.
fn name_in(text: &str) -> Option<(usize, usize)> {
    let mut starts = text.match_indices('{').map(|(at, _)| at);
    let start =
        starts.find(|at| text[at + 1..].starts_with(|one: char| one.is_ascii_lowercase()))?;
    let end = text[start..].find('}')?;
    Some((start, start + end))
}
